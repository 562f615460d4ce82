"use client";
// The cells of a heatmap at a known size, its ticks, and the value under the pointer.
import { useMemo, useState } from "react";
import type { Heatmap } from "@/api/types";
import { makeScale } from "@/charts/scale";
import type { Size } from "@/charts/use-size";
import { text } from "@/format/quantity";
import { axisText } from "../chart/readout";
import { levelPaths } from "./levels";

interface Hover {
  row: number;
  column: number;
}

export function HeatmapPlot({ heatmap, size }: { heatmap: Heatmap; size: Size }) {
  const { rows, xs, values, x, unit } = heatmap;
  const [hover, setHover] = useState<Hover | null>(null);
  const left = Math.min(size.width * 0.35, Math.max(...rows.map((row) => row.length)) * 6.4 + 10);
  const [width, height] = [size.width - left - 6, size.height - 26];
  const [columns, cell] = [xs.length, { w: width / xs.length, h: height / rows.length }];
  const paths = useMemo(
    () => levelPaths(values, { columns, rows: rows.length, width, height }),
    [values, columns, rows.length, width, height],
  );
  const every = Math.max(1, Math.ceil(13 / cell.h));
  return (
    <>
      <svg
        role="img"
        aria-label={heatmap.description}
        viewBox={`0 0 ${size.width} ${size.height}`}
        className="absolute inset-0 size-full"
        onPointerLeave={() => setHover(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const column = Math.floor((event.clientX - box.left - left) / cell.w);
          const row = rows.length - 1 - Math.floor((event.clientY - box.top - 4) / cell.h);
          const inside = column >= 0 && column < columns && row >= 0 && row < rows.length;
          setHover(inside ? { row, column } : null);
        }}
      >
        <g transform={`translate(${left} 4)`} shapeRendering="crispEdges">
          {paths.map((path, level) => path !== "" && <path key={level} d={path} fill={`var(--heat-${level})`} />)}
          {hover !== null && (
            <rect
              x={hover.column * cell.w}
              y={height - (hover.row + 1) * cell.h}
              width={cell.w}
              height={cell.h}
              fill="none"
              stroke="var(--ink)"
            />
          )}
        </g>
        <g fontSize="11" fill="var(--ink-3)" aria-hidden="true">
          {rows.map((row, index) =>
            index % every === 0 ? (
              <text key={index} x={left - 6} y={4 + height - (index + 0.5) * cell.h + 3.5} textAnchor="end">
                {row}
              </text>
            ) : null,
          )}
          {columnTicks(heatmap, width).map(({ column, words }) => (
            <text key={column} x={left + (column + 0.5) * cell.w} y={height + 18} textAnchor="middle">
              {words}
            </text>
          ))}
        </g>
      </svg>
      {hover !== null && (
        <p
          aria-hidden="true"
          className="pointer-events-none absolute top-2 right-2 rounded-md border border-line-strong bg-panel px-2 py-1 text-xs shadow-lg"
        >
          <span className="text-ink-3">{`${axisText(x, xs[hover.column] ?? 0)} · ${rows[hover.row] ?? ""}`}</span>{" "}
          <span className="font-medium text-ink">{text(values[hover.row * columns + hover.column], unit)}</span>
        </p>
      )}
    </>
  );
}

/** Ticks stand at the column whose value is nearest, since columns are equally wide whatever their values. */
function columnTicks({ x, xs }: Heatmap, width: number): { column: number; words: string }[] {
  const [low, high] = [xs[0], xs[xs.length - 1]];
  if (low === undefined || high === undefined) return [];
  const scale = makeScale(x, [low, high], [0, width], Math.max(2, Math.floor(width / 72)));
  const found = new Map<number, string>();
  for (const tick of scale.ticks) {
    const distances = Array.from(xs, (value) => Math.abs(value - tick.value));
    const column = distances.indexOf(Math.min(...distances));
    // The outermost would be cut off.
    if ((column + 0.5) * (width / xs.length) > width - 18 || found.has(column)) continue;
    found.set(column, tick.text + (scale.suffix === "" ? "" : ` ${scale.suffix}`));
  }
  return [...found].map(([column, words]) => ({ column, words }));
}
