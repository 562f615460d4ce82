// A chart's data as a table, newest or rightmost first.
import type { Chart } from "@/api/types";
import { DataTable } from "../data-table";
import { text } from "@/format/quantity";
import { axisText } from "./readout";

export function ChartTable({ chart }: { chart: Chart }) {
  const byX = new Map<number, (number | null)[]>();
  chart.layers.forEach((layer, index) => {
    Array.from(layer.xs).forEach((x, at) => {
      const row = byX.get(x) ?? chart.layers.map(() => null);
      row[index] = layer.ys[at] ?? null;
      byX.set(x, row);
    });
  });
  const rows = [...byX.entries()].sort(([a], [b]) => b - a);
  return (
    <DataTable
      caption={chart.description}
      head={[
        chart.x.scale === "time" ? "Time" : chart.x.label,
        ...chart.layers.map((layer) => layer.name || chart.y.label),
      ]}
      rows={rows.map(([x, values]) => [axisText(chart.x, x), ...values.map((value) => text(value, chart.y.unit))])}
    />
  );
}
