// Views for tests: one node of every kind.
import type { View, ViewNode } from "@/api/types";

export const EVERY_KIND: View = {
  root: 0,
  nodes: [
    { tag: "stack", val: { direction: "column", children: [1, 2, 5, 6, 7, 8] } },
    { tag: "text", val: { text: "Decode <b>now</b>", style: "heading", tone: "neutral" } },
    { tag: "grid", val: { columns: 2, children: [3, 4] } },
    {
      tag: "stat",
      val: {
        label: "tokens",
        value: 45.678,
        unit: "per-second",
        provenance: "measured",
        tone: "good",
        trend: [1, null, 3],
      },
    },
    { tag: "stat", val: { label: "power", unit: "none", provenance: "unavailable", tone: "neutral", trend: [] } },
    {
      tag: "table",
      val: {
        caption: "Requests by model",
        columns: [
          { title: "model", unit: "none" },
          { title: "first token", unit: "seconds" },
        ],
        rows: [
          [
            { tag: "text", val: "smol" },
            { tag: "number", val: 0.0123 },
          ],
          [{ tag: "text", val: "big" }, { tag: "empty" }],
        ],
      },
    },
    {
      tag: "chart",
      val: {
        description: "Tokens per second over five minutes",
        x: { label: "time", unit: "none", scale: "time" },
        y: { label: "rate", unit: "per-second", scale: "linear" },
        layers: [
          { name: "generated", mark: "area", tone: "accent", xs: [1000, 2000, 3000], ys: [10, null, 30] },
          { name: "prompt", mark: "line", tone: "neutral", xs: [1000, 2000, 3000], ys: [1, 2, 3] },
        ],
      },
    },
    {
      tag: "heatmap",
      val: {
        description: "Latency over time",
        x: { label: "time", unit: "none", scale: "time" },
        xs: [1000, 2000],
        rows: ["10 ms", "20 ms"],
        unit: "requests",
        values: [0, 1, 2, null],
      },
    },
    {
      tag: "breakdown",
      val: {
        description: "Time by op",
        unit: "seconds",
        provenance: "estimated",
        parts: [
          { name: "matmul", value: 3 },
          { name: "attention", value: 1 },
        ],
      },
    },
  ],
};

export function stack(children: number[]): ViewNode {
  return { tag: "stack", val: { direction: "column", children } };
}

export function text(words: string): ViewNode {
  return { tag: "text", val: { text: words, style: "body", tone: "neutral" } };
}
