// The last minutes of what snapshots said. Pure: every change makes a new history. Times are the server's.
// Between two points that lie far apart there is a gap, so that no line is drawn over what nobody saw.
import type { Snapshot } from "@/api/types";

/** How much is kept: five minutes at one snapshot a second. */
export const WINDOW_MS = 300_000;
/** Points further apart than this have a gap between them. Longer than the steps of the backfill. */
const GAP_MS = 6_500;
/** A point of the backfill is left out where one was seen that is at most so far away. */
const NEAR_MS = 2_500;

export interface Point {
  at: number;
  /** By key. */
  values: Record<string, number | null>;
}

/** Ascending in time. */
export type History = readonly Point[];

/** One value over time. */
export interface Course {
  times: number[];
  values: (number | null)[];
}

export const modelKey = (model: string, reading: string) => `model/${model}/${reading}`;
export const processKey = (reading: string) => `process/${reading}`;
export const REQUESTS_KEY = "requestsPerSecond";

/** The readings of a snapshot by their keys. */
export function pointOf(snapshot: Snapshot): Point {
  const values: Point["values"] = { [REQUESTS_KEY]: snapshot.requestsPerSecond.value ?? null };
  for (const model of snapshot.models) {
    for (const [name, reading] of Object.entries(model)) {
      if (typeof reading !== "string") values[modelKey(model.model, name)] = reading.value ?? null;
    }
  }
  for (const [name, reading] of Object.entries(snapshot.process)) values[processKey(name)] = reading.value ?? null;
  return { at: snapshot.at, values };
}

/** Adds a point at the end. When the server's clock was set back, the past is dropped: it lies in the future. */
export function append(history: History, point: Point): History {
  const past = history.filter(({ at }) => at < point.at && at > point.at - WINDOW_MS);
  return [...past, point];
}

/** Adds points where none was seen: before the page was open, or while the connection was lost. */
export function fill(history: History, backfill: readonly Point[]): History {
  const newest = Math.max(history.at(-1)?.at ?? 0, ...backfill.map(({ at }) => at));
  const missing = backfill.filter(
    (candidate) =>
      candidate.at > newest - WINDOW_MS && !history.some((seen) => Math.abs(seen.at - candidate.at) <= NEAR_MS),
  );
  return [...missing, ...history].sort((a, b) => a.at - b.at);
}

/** The course of one value, or of the sum of several, with its gaps. */
export function courseOf(history: History, keys: readonly string[]): Course {
  const course: Course = { times: [], values: [] };
  let last: number | undefined;
  for (const { at, values } of history) {
    if (last !== undefined && at - last > GAP_MS) {
      course.times.push(last + 1);
      course.values.push(null);
    }
    course.times.push(at);
    course.values.push(sum(keys.map((key) => values[key] ?? null)));
    last = at;
  }
  return course;
}

/** The sum of what is there; nothing when nothing is. */
export function sum(values: readonly (number | null)[]): number | null {
  return values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);
}
