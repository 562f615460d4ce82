// The values under the pointer, beside the rule.
import type { Axis, Chart } from "@/api/types";
import { text } from "@/format/quantity";
import { clock } from "@/format/time";
import type { LayerStyle } from "../colour";
import type { Frame } from "./frame";
import { Sample } from "./legend";
import type { Reading } from "./nearest";

interface Props {
  chart: Chart;
  styles: LayerStyle[];
  reading: Reading;
  frame: Frame;
}

export function axisText(axis: Axis, value: number): string {
  return axis.scale === "time" ? clock(value) : text(value, axis.unit);
}

export function Readout({ chart, styles, reading, frame }: Props) {
  const flip = reading.at > (frame.left + frame.right) / 2;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-3 z-10 rounded-md border border-line-strong bg-panel px-2 py-1.5 text-xs shadow-lg"
      style={flip ? { right: `calc(100% - ${reading.at - 8}px)` } : { left: reading.at + 8 }}
    >
      <p className="pb-0.5 text-ink-3">{axisText(chart.x, reading.x)}</p>
      {chart.layers.map((layer, index) => {
        const style = styles[index];
        return style === undefined ? null : (
          <p key={index} className="flex items-center gap-1.5 whitespace-nowrap">
            <Sample mark={layer.mark} style={style} />
            <span className="grow text-ink-2">{layer.name}</span>
            <span className="pl-2 font-medium text-ink">{text(reading.values[index], chart.y.unit)}</span>
          </p>
        );
      })}
    </div>
  );
}
