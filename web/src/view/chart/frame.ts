// Where things lie in a plot: the scales of both axes, and the margins that their ticks need.
import type { Chart } from "@/api/types";
import { extent, fromZero, makeScale, type Scale } from "@/charts/scale";
import type { Size } from "@/charts/use-size";

export interface Frame {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** The width of a bar. */
  bar: number;
}

/** About how wide a figure is. */
export const FIGURE = 6.4;
/** What lies right of the last value. */
export const MARGIN_RIGHT = 12;

/** `null` when no value can be placed. */
export function frameOf(chart: Chart, { width, height }: Size): Frame | null {
  const xs = extent(all(chart, "xs"), chart.x.scale);
  const ys = extent(all(chart, "ys"), chart.y.scale);
  if (xs === null || ys === null) return null;
  const top = 18;
  const bottom = height - (chart.x.scale === "time" || chart.x.label === "" ? 20 : 34);
  const count = Math.max(2, Math.floor((bottom - top) / 38));
  const y = makeScale(chart.y, domainOf(chart, ys, count), [bottom, top], count);
  const longest = Math.max(1, ...y.ticks.map((tick) => tick.text.length));
  const left = Math.ceil(longest * FIGURE + 10);
  const right = width - MARGIN_RIGHT;
  const bars = chart.layers.some((layer) => layer.mark === "bar");
  const steps = bars ? Math.max(1, ...chart.layers.map((layer) => layer.xs.length)) : 0;
  // Bars stand on their values: half a step of room at both ends.
  const step = bars ? (right - left) / steps : 0;
  const x = makeScale(chart.x, xs, [left + step / 2, right - step / 2], Math.max(2, Math.floor((right - left) / 72)));
  return { x, y, left, right, top, bottom, bar: Math.max(1, step * 0.72) };
}

function* all(chart: Chart, which: "xs" | "ys"): Generator<number | null> {
  for (const layer of chart.layers) yield* Array.from(layer[which]);
}

function domainOf({ y }: Chart, span: [number, number], count: number): [number, number] {
  if (y.scale === "linear") return fromZero(y.unit, span, count);
  return y.scale === "log" ? decades(span) : span;
}

/** A logarithmic axis reaches to the decades around its values, so that it always has two ticks. */
function decades([low, high]: [number, number]): [number, number] {
  const first = 10 ** Math.floor(Math.log10(low));
  const last = 10 ** Math.ceil(Math.log10(high));
  return first === last ? [first, last * 10] : [first, last];
}
