"use client";
// Values over a grid, stronger where larger, with a ramp that says what the colours stand for.
import { useState } from "react";
import type { Heatmap as HeatmapNode } from "@/api/types";
import { useSize } from "@/charts/use-size";
import { text } from "@/format/quantity";
import { AsTable } from "../as-table";
import { axisText } from "../chart/readout";
import { DataTable } from "../data-table";
import { HeatmapPlot } from "./heatmap-plot";
import { LEVELS } from "./levels";

export function Heatmap(heatmap: HeatmapNode) {
  const [asTable, setAsTable] = useState(false);
  const [attach, size] = useSize<HTMLDivElement>();
  const largest = Array.from(heatmap.values).reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const empty = heatmap.xs.length === 0 || heatmap.rows.length === 0;
  return (
    <figure className="flex min-h-40 min-w-0 grow flex-col gap-1">
      <figcaption className="flex items-start gap-2 text-xs text-ink-2">
        <p className="sr-only">{heatmap.description}</p>
        <Ramp largest={text(largest, heatmap.unit)} />
        <AsTable on={asTable} onChange={setAsTable} what={heatmap.description} />
      </figcaption>
      {asTable ? (
        <HeatmapTable {...heatmap} />
      ) : (
        <div ref={attach} className="relative h-44 min-h-32 grow">
          {size.width > 0 && !empty && <HeatmapPlot heatmap={heatmap} size={size} />}
          {empty && (
            <p className="flex h-full items-center justify-center text-sm text-ink-3">No values in this window.</p>
          )}
        </div>
      )}
    </figure>
  );
}

function Ramp({ largest }: { largest: string }) {
  return (
    <div className="flex grow items-center gap-1.5 text-ink-3">
      <span>0</span>
      <svg viewBox={`0 0 ${LEVELS} 1`} preserveAspectRatio="none" className="h-2 w-24 rounded-sm" aria-hidden="true">
        {Array.from({ length: LEVELS }, (_, level) => (
          <path key={level} d={`M${level} 0h1v1h-1z`} fill={`var(--heat-${level})`} />
        ))}
      </svg>
      <span>{largest}</span>
    </div>
  );
}

function HeatmapTable({ description, x, xs, rows, unit, values }: HeatmapNode) {
  const columns = Array.from(xs, (value, column) => ({ value, column })).reverse();
  return (
    <DataTable
      caption={description}
      head={[x.scale === "time" ? "Time" : x.label, ...rows]}
      rows={columns.map(({ value, column }) => [
        axisText(x, value),
        ...rows.map((_, row) => text(values[row * xs.length + column], unit)),
      ])}
    />
  );
}
