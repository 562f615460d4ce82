"use client";
// One model's speed and latencies over the last minutes.
import Link from "next/link";
import type { Layer, Tone } from "@/api/types";
import { EmptyState } from "@/components/ui/states";
import { modelKey, useCourse, type Course } from "@/live";
import { Chart } from "@/view/chart/chart";

const TIME = { label: "time", unit: "none", scale: "time" } as const;

export function ModelCharts({ name }: { name: string }) {
  const firstMedian = useCourse(modelKey(name, "timeToFirstTokenP50"));
  const firstHigh = useCourse(modelKey(name, "timeToFirstTokenP95"));
  const tokenMedian = useCourse(modelKey(name, "interTokenP50"));
  const tokenHigh = useCourse(modelKey(name, "interTokenP95"));
  const generated = useCourse(modelKey(name, "generationTokensPerSecond"));
  const prompt = useCourse(modelKey(name, "promptTokensPerSecond"));
  const asked = firstMedian.values.some((value) => value !== null);
  return (
    <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,22rem),1fr))] gap-x-6 gap-y-5">
      <div className="flex h-60 3xl:h-80">
        <Chart
          description={`Tokens per second of ${name} over the last 5 minutes`}
          x={TIME}
          y={{ label: "tokens per second", unit: "per-second", scale: "linear" }}
          layers={[layer("generated", "area", "accent", generated), layer("of prompts", "line", "neutral", prompt)]}
        />
      </div>
      {asked ? (
        <div className="flex h-60 3xl:h-80">
          <Chart
            description={`Latencies of ${name} over the last 5 minutes, on a logarithmic axis`}
            x={TIME}
            y={{ label: "latency", unit: "seconds", scale: "log" }}
            layers={[
              layer("first token, p50", "line", "accent", firstMedian),
              layer("first token, p95", "line", "neutral", firstHigh),
              layer("between tokens, p50", "line", "neutral", tokenMedian),
              layer("between tokens, p95", "line", "neutral", tokenHigh),
            ]}
          />
        </div>
      ) : (
        <EmptyState title="No latencies yet" icon="chat">
          <p>
            No request got a token in the last 5 minutes.{" "}
            <Link href="/chat/" prefetch={false} className="text-accent underline">
              Ask the model something
            </Link>{" "}
            and its latencies appear here.
          </p>
        </EmptyState>
      )}
    </div>
  );
}

function layer(name: string, mark: Layer["mark"], tone: Tone, course: Course): Layer {
  return { name, mark, tone, xs: course.times, ys: course.values };
}
