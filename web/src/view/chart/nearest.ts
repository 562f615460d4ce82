// Which values lie nearest to the pointer, along the first axis.
import type { Chart } from "@/api/types";
import type { Frame } from "./frame";

export interface Reading {
  /** The value of the first axis. */
  x: number;
  /** Its place in pixels. */
  at: number;
  /** Per layer, the value there; `null` where the layer has none. */
  values: (number | null)[];
}

export function nearest(chart: Chart, frame: Frame, pointer: number): Reading | null {
  let x: number | null = null;
  let distance = Infinity;
  for (const layer of chart.layers) {
    for (const candidate of Array.from(layer.xs)) {
      const away = Math.abs(frame.x.place(candidate) - pointer);
      if (away < distance) [x, distance] = [candidate, away];
    }
  }
  if (x === null) return null;
  const here = x;
  const values = chart.layers.map((layer) => layer.ys[Array.from(layer.xs).indexOf(here)] ?? null);
  return { x: here, at: frame.x.place(here), values };
}
