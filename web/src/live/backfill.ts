// The minutes before the page was open: the same readings as those of snapshots, from windows of the same metrics.
import { api, unwrap } from "@/api/client";
import type { Frame, Query, Series } from "@/api/types";
import { modelKey, processKey, REQUESTS_KEY, sum, WINDOW_MS, type Point } from "./history";
import { quantile, type Bucket } from "./quantile";

/** Rates of snapshots are over five seconds; so are these. */
const STEP = 5;
/** Percentiles of snapshots are over a minute. */
const PERCENTILE_STEPS = 60 / STEP;

type Source = { metric: string; aggregate: Query["aggregate"] } & (
  | { of: "model"; reading: string }
  | { of: "process"; reading: string }
  | { of: "all" }
  | { of: "percentiles"; median: string; high: string }
);

const SOURCES: Source[] = [
  { metric: "inferno_generation_tokens_total", aggregate: "rate", of: "model", reading: "generationTokensPerSecond" },
  { metric: "inferno_prompt_tokens_total", aggregate: "rate", of: "model", reading: "promptTokensPerSecond" },
  { metric: "inferno_requests_waiting", aggregate: "last", of: "model", reading: "requestsWaiting" },
  { metric: "inferno_requests_running", aggregate: "last", of: "model", reading: "requestsRunning" },
  { metric: "inferno_kv_block_utilization_ratio", aggregate: "last", of: "model", reading: "kvUtilization" },
  {
    metric: "inferno_time_to_first_token_seconds",
    aggregate: "increase",
    of: "percentiles",
    median: "timeToFirstTokenP50",
    high: "timeToFirstTokenP95",
  },
  {
    metric: "inferno_inter_token_latency_seconds",
    aggregate: "increase",
    of: "percentiles",
    median: "interTokenP50",
    high: "interTokenP95",
  },
  { metric: "inferno_process_resident_memory_bytes", aggregate: "last", of: "process", reading: "residentBytes" },
  { metric: "inferno_process_cpu_seconds_total", aggregate: "rate", of: "process", reading: "cpuRatio" },
  { metric: "inferno_http_requests_total", aggregate: "rate", of: "all" },
];

/** Asks for the window that the history keeps. A minute more is asked for than kept, for the first percentiles. */
export async function backfill(): Promise<Point[]> {
  const windowSeconds = WINDOW_MS / 1000 + 60;
  const queries = SOURCES.map(({ metric, aggregate }) => ({ metric, aggregate, windowSeconds, stepSeconds: STEP }));
  const { frames } = await unwrap(api.POST("/api/metrics/query", { body: { queries } }));
  return pointsOf(frames);
}

/** Frames in the order of the sources become points. */
export function pointsOf(frames: readonly Frame[]): Point[] {
  const points = new Map<number, Point>();
  const put = (frame: Frame, key: string, values: (number | null)[]) => {
    frame.times.forEach((time, index) => {
      // Frames of one answer may end some milliseconds apart: a point is a second.
      const at = Math.round(time / 1000) * 1000;
      const point = points.get(at) ?? { at, values: {} };
      point.values[key] = values[index] ?? null;
      points.set(at, point);
    });
  };
  SOURCES.forEach((source, index) => {
    const frame = frames[index];
    if (frame === undefined) return;
    if (source.of === "all") return put(frame, REQUESTS_KEY, sums(frame, frame.series));
    if (source.of === "process") return put(frame, processKey(source.reading), sums(frame, frame.series));
    for (const [model, series] of byModel(frame)) {
      if (source.of === "model") {
        put(frame, modelKey(model, source.reading), sums(frame, series));
      } else {
        put(frame, modelKey(model, source.median), percentiles(frame, series, 0.5));
        put(frame, modelKey(model, source.high), percentiles(frame, series, 0.95));
      }
    }
  });
  // Where nothing was sampled there is no point: the server was not running.
  return [...points.values()].filter(({ values }) => Object.values(values).some((value) => value !== null));
}

function byModel(frame: Frame): Map<string, Series[]> {
  const models = new Map<string, Series[]>();
  for (const series of frame.series) {
    const model = label(series, "model");
    if (model !== undefined) models.set(model, [...(models.get(model) ?? []), series]);
  }
  return models;
}

function label(series: Series, name: string): string | undefined {
  return series.labels.find((candidate) => candidate.name === name)?.value;
}

function sums(frame: Frame, series: readonly Series[]): (number | null)[] {
  return frame.times.map((_, index) => sum(series.map(({ values }) => values[index] ?? null)));
}

function percentiles(frame: Frame, series: readonly Series[], q: number): (number | null)[] {
  const buckets = series
    .map((bucket) => ({ bound: boundOf(label(bucket, "le")), values: bucket.values }))
    .filter(({ bound }) => !Number.isNaN(bound))
    .sort((a, b) => a.bound - b.bound);
  return frame.times.map((_, index) => {
    // Nothing was sampled in this step: then the minute before it says nothing of it.
    if (buckets.every(({ values }) => (values[index] ?? null) === null)) return null;
    const from = Math.max(0, index + 1 - PERCENTILE_STEPS);
    const counts = buckets.map<Bucket>(({ bound, values }) => [
      bound,
      values.slice(from, index + 1).reduce<number>((total, value) => total + (value ?? 0), 0),
    ]);
    return quantile(counts, q);
  });
}

function boundOf(le: string | undefined): number {
  return le === "+Inf" ? Infinity : Number(le);
}
