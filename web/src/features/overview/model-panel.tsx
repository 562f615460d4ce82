"use client";
// One model's instruments: its speed and its latencies over the last minutes, and what it holds now.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { models } from "@/api/queries";
import type { Layer, ModelSnapshot, Reading, Tone } from "@/api/types";
import { Sparkline } from "@/charts/sparkline";
import { ModelStateBadge } from "@/components/model-state";
import { Meter } from "@/components/ui/meter";
import { Panel } from "@/components/ui/panel";
import { Readout } from "@/components/ui/readout";
import { quantity } from "@/format/quantity";
import { modelKey, useCourse, type Course } from "@/live";
import { Chart } from "@/view/chart/chart";

export function ModelPanel({ model }: { model: ModelSnapshot }) {
  const name = model.model;
  const { data } = useQuery(models);
  const detail = data?.find((candidate) => candidate.id === name);
  const course = {
    generated: useCourse(modelKey(name, "generationTokensPerSecond")),
    prompt: useCourse(modelKey(name, "promptTokensPerSecond")),
    firstMedian: useCourse(modelKey(name, "timeToFirstTokenP50")),
    firstHigh: useCourse(modelKey(name, "timeToFirstTokenP95")),
    tokenMedian: useCourse(modelKey(name, "interTokenP50")),
    tokenHigh: useCourse(modelKey(name, "interTokenP95")),
    waiting: useCourse(modelKey(name, "requestsWaiting")),
    running: useCourse(modelKey(name, "requestsRunning")),
  };
  const asked = course.firstMedian.values.some((value) => value !== null);
  return (
    <Panel
      title={<span className="[overflow-wrap:anywhere]">{name}</span>}
      note={
        detail === undefined
          ? undefined
          : `${detail.architecture} · ${detail.layers} layers · ${detail.contextLength.toLocaleString("en")} positions`
      }
      actions={detail !== undefined && <ModelStateBadge state={detail.state} />}
    >
      <div className="flex flex-col gap-5">
        <dl className="grid grid-cols-2 gap-x-5 gap-y-3 sm:grid-cols-4">
          <Latency label="First token, p50" reading={model.timeToFirstTokenP50} />
          <Latency label="First token, p95" reading={model.timeToFirstTokenP95} />
          <Latency label="Between tokens, p50" reading={model.interTokenP50} />
          <Latency label="Between tokens, p95" reading={model.interTokenP95} />
          <Count label="In progress" reading={model.requestsRunning} course={course.running} />
          <Count label="Waiting" reading={model.requestsWaiting} course={course.waiting} />
          <div className="col-span-2">
            <Readout
              label="Key/value cache in use"
              size="small"
              quantity={quantity(model.kvUtilization.value, "ratio")}
              provenance={model.kvUtilization.provenance}
            >
              <Meter value={model.kvUtilization.value ?? 0} label={`Key/value cache of ${name}`} />
            </Readout>
          </div>
        </dl>
        <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,22rem),1fr))] gap-x-6 gap-y-5">
          <Chart
            description={`Tokens per second of ${name} over the last 5 minutes`}
            x={TIME}
            y={{ label: "tokens per second", unit: "per-second", scale: "linear" }}
            layers={[
              layer("generated", "area", "accent", course.generated),
              layer("of prompts", "line", "neutral", course.prompt),
            ]}
          />
          {asked ? (
            <Chart
              description={`Latencies of ${name} over the last 5 minutes, on a logarithmic axis`}
              x={TIME}
              y={{ label: "latency", unit: "seconds", scale: "log" }}
              layers={[
                layer("first token, p50", "line", "accent", course.firstMedian),
                layer("first token, p95", "line", "neutral", course.firstHigh),
                layer("between tokens, p50", "line", "neutral", course.tokenMedian),
                layer("between tokens, p95", "line", "neutral", course.tokenHigh),
              ]}
            />
          ) : (
            <p className="text-ink-2">
              No request in the last 5 minutes, so there is no latency to show.{" "}
              <Link href="/chat/" prefetch={false} className="text-accent underline">
                Ask the model something
              </Link>
              .
            </p>
          )}
        </div>
      </div>
    </Panel>
  );
}

const TIME = { label: "time", unit: "none", scale: "time" } as const;

function layer(name: string, mark: Layer["mark"], tone: Tone, course: Course): Layer {
  return { name, mark, tone, xs: course.times, ys: course.values };
}

function Latency({ label, reading }: { label: string; reading: Reading }) {
  return (
    <Readout
      label={label}
      size="small"
      quantity={quantity(reading.value, reading.unit)}
      provenance={reading.provenance}
      missing="no request"
    />
  );
}

function Count({ label, reading, course }: { label: string; reading: Reading; course: Course }) {
  return (
    <Readout label={label} size="small" quantity={quantity(reading.value, "count")} provenance={reading.provenance}>
      <Sparkline values={course.values} times={course.times} floor={2} className="h-4 w-full text-ink-2" />
    </Readout>
  );
}
