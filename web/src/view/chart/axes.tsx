// Gridlines, ticks, and what the axes measure.
import type { Chart } from "@/api/types";
import type { Tick } from "@/charts/scale";
import { FIGURE, MARGIN_RIGHT, type Frame } from "./frame";

export function Axes({ chart, frame }: { chart: Chart; frame: Frame }) {
  const { x, y, left, right, top, bottom } = frame;
  return (
    <g fontSize="11" fill="var(--ink-3)" aria-hidden="true">
      {y.ticks.map((tick) => (
        <g key={tick.value}>
          <path d={`M${left} ${tick.at}H${right}`} stroke="var(--line)" strokeWidth="1" />
          <text x={left - 6} y={tick.at + 3.5} textAnchor="end">
            {tick.text}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g key={tick.value}>
          <path d={`M${tick.at} ${bottom}v4`} stroke="var(--line-strong)" strokeWidth="1" />
          <text x={inside(tick, right)} y={bottom + 15} textAnchor="middle">
            {tick.text}
          </text>
        </g>
      ))}
      <path d={`M${left} ${bottom}H${right}`} stroke="var(--line-strong)" strokeWidth="1" />
      <text x={0} y={top - 8} textAnchor="start">
        {named(chart.y.label, y.suffix)}
      </text>
      {chart.x.scale !== "time" && chart.x.label !== "" && (
        <text x={right} y={bottom + 29} textAnchor="end">
          {named(chart.x.label, x.suffix)}
        </text>
      )}
    </g>
  );
}

/** The middle of a tick's text: over the tick, or as near as the right edge allows. */
function inside({ at, text }: Tick, right: number): number {
  return Math.min(at, right + MARGIN_RIGHT - (text.length * FIGURE) / 2);
}

/** What an axis measures, and in which unit. A rate says so in its own words: "tokens per second". */
function named(label: string, suffix: string): string {
  if (suffix === "" || suffix === label || (suffix === "/s" && label !== "")) return label;
  return label === "" ? suffix : `${label}, ${suffix}`;
}
