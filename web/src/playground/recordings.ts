// The SDK's recordings: windows of metrics and graphs, recorded once and shipped with the page. A query is answered from
// one exactly as `inferno plugin test` answers it.
import { z } from "@/lib/zod";
import type { Frame, MetricInfo, Query, Unit } from "@/api/types";
import { FRAME, GRAPH, TARGET } from "./shapes";

const SUMMARY = z.object({
  file: z.string().regex(/^[\w-]+\.json$/),
  name: z.string(),
  description: z.string(),
  origin: z.string(),
  holds: z.enum(["metrics", "graph"]),
});

const RECORDING = z.object({
  name: z.string(),
  description: z.string(),
  origin: z.string(),
  input: z.discriminatedUnion("tag", [
    z.object({
      tag: z.literal("metrics"),
      val: z.object({ frames: z.array(z.object({ kind: z.enum(["counter", "gauge", "histogram"]), frame: FRAME })) }),
    }),
    z.object({ tag: z.literal("graph"), val: z.object({ graph: GRAPH, target: TARGET }) }),
  ]),
});

export type RecordingSummary = z.infer<typeof SUMMARY>;
export type Recording = z.infer<typeof RECORDING>;
type MetricKind = MetricInfo["kind"];

/** A query that a recording cannot answer. */
export class Unanswered extends Error {
  override name = "Unanswered";
}

/** All of them, without their data. They are part of the page and change with it, so each file is read once. */
export const recordings = (): Promise<RecordingSummary[]> => once("index.json", z.array(SUMMARY));

export const recording = ({ file }: RecordingSummary): Promise<Recording> => once(file, RECORDING);

const known = new Map<string, Promise<unknown>>();

function once<T>(name: string, shape: z.ZodType<T>): Promise<T> {
  const before = known.get(name);
  // Each name is read with one shape.
  if (before !== undefined) return before as Promise<T>;
  const reading = read(name).then((value) => shape.parse(value));
  known.set(name, reading);
  // What failed may succeed the next time.
  reading.catch(() => known.delete(name));
  return reading;
}

async function read(name: string): Promise<unknown> {
  const answer = await fetch(`/recordings/${name}`);
  if (!answer.ok) throw new Error(`The recording ${name} could not be loaded: status ${answer.status}.`);
  return await answer.json();
}

/** Answers a query as if the window ended with the last sample. What lies before the first one was not sampled. */
export function answer({ input }: Recording, query: Query): Frame {
  const recorded = input.tag === "metrics" && input.val.frames.find(({ frame }) => frame.metric === query.metric);
  if (recorded === false || recorded === undefined) {
    throw new Unanswered(`The recording does not have the metric ${query.metric}.`);
  }
  const { kind, frame } = recorded;
  if (!(kind === "gauge" ? ["last", "mean", "max"] : ["rate", "increase"]).includes(query.aggregate)) {
    throw new Unanswered(
      `${query.metric} is a ${kind}, which has no ${query.aggregate}; counters and histograms have a rate and an ` +
        "increase, gauges a last, a mean and a max.",
    );
  }
  const length = query.stepSeconds;
  const steps = Math.ceil(query.windowSeconds / length);
  const last = frame.times.at(-1) ?? 0;
  /** How far each step ends before the last sample. */
  const back = Array.from({ length: steps }, (_, step) => (steps - 1 - step) * length);
  const clamp = (sample: number, samples: number) => Math.min(samples, Math.max(0, sample));
  return {
    metric: query.metric,
    unit: unitOf(kind, query.aggregate, frame.unit),
    provenance: frame.provenance,
    times: back.map((seconds) => last - seconds * 1_000),
    series: frame.series.map(({ labels, values }) => ({
      labels,
      values: back.map((seconds) => {
        const end = frame.times.length - seconds;
        return aggregate(query.aggregate, values.slice(clamp(end - length, values.length), clamp(end, values.length)));
      }),
    })),
  };
}

function unitOf(kind: MetricKind, how: Query["aggregate"], unit: Unit): Unit {
  if (how === "rate") return "per-second";
  return kind === "histogram" ? "count" : unit;
}

function aggregate(how: Query["aggregate"], samples: readonly (number | null)[]): number | null {
  const sampled = samples.filter((sample) => sample !== null);
  const last = sampled.at(-1);
  if (last === undefined) return null;
  const sum = () => sampled.reduce((total, sample) => total + sample, 0);
  switch (how) {
    case "last":
      return last;
    case "max":
      return Math.max(...sampled);
    // A sample of a counter is its growth in one second.
    case "mean":
    case "rate":
      return sum() / sampled.length;
    case "increase":
      return sum();
  }
}
