// Between JSON and the values that a component is called with. A number that is none is `null` in JSON and NaN in a
// component; an absent option is an absent key; lists of numbers are arrays.
import type { Frame } from "@/api/types";
import type { Json } from "../verify/json";

/** Frames for a component. */
export function framesIn(frames: readonly Frame[]): Frame[] {
  return frames.map((frame) => ({
    ...frame,
    series: frame.series.map((series) => ({ ...series, values: series.values.map((value) => value ?? Number.NaN) })),
  }));
}

/** A graph for a component: an option that JSON spells `null` is absent. */
export function optionsIn(value: Json): unknown {
  if (Array.isArray(value)) return value.map(optionsIn);
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(present.map(([key, entry]) => [key, optionsIn(entry)]));
}

/** What a component answered, as JSON. */
export function jsonOut(value: unknown): Json {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value : null;
    case "string":
    case "boolean":
      return value;
    case "bigint":
      return Number(value);
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, jsonOut);
  if (Array.isArray(value)) return value.map(jsonOut);
  const present = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(present.map(([key, entry]) => [key, jsonOut(entry)]));
}
