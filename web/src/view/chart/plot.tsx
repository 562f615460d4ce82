// The drawing itself, at a known size, with a rule where the pointer is.
import type { ComponentType } from "react";
import type { Chart } from "@/api/types";
import type { Size } from "@/charts/use-size";
import type { LayerStyle } from "../colour";
import { Axes } from "./axes";
import { frameOf, type Frame } from "./frame";
import { Layer } from "./layer";
import { nearest, type Reading } from "./nearest";

interface Props {
  chart: Chart;
  styles: LayerStyle[];
  size: Size;
  pointer: number | null;
  readout: ComponentType<{ chart: Chart; styles: LayerStyle[]; reading: Reading; frame: Frame }>;
}

export function Plot({ chart, styles, size, pointer, readout: Readout }: Props) {
  const frame = frameOf(chart, size);
  if (frame === null)
    return <p className="flex h-full items-center justify-center text-sm text-ink-3">No values in this window.</p>;
  const log = { x: chart.x.scale === "log", y: chart.y.scale === "log" };
  const reading = pointer === null ? null : nearest(chart, frame, pointer);
  return (
    <>
      <svg
        role="img"
        aria-label={chart.description}
        viewBox={`0 0 ${size.width} ${size.height}`}
        className="absolute inset-0 size-full"
      >
        <Axes chart={chart} frame={frame} />
        {chart.layers.map((layer, index) => {
          const style = styles[index];
          return style === undefined ? null : <Layer key={index} layer={layer} style={style} frame={frame} log={log} />;
        })}
        {reading !== null && (
          <path
            d={`M${reading.at.toFixed(1)} ${frame.top}V${frame.bottom}`}
            stroke="var(--ink-3)"
            strokeDasharray="2 2"
          />
        )}
      </svg>
      {reading !== null && <Readout chart={chart} styles={styles} reading={reading} frame={frame} />}
    </>
  );
}
