"use client";
// Marks over two axes: legend, plot, the values under the pointer, and the same data as a table.
import { useState } from "react";
import type { Chart as ChartNode } from "@/api/types";
import { useSize } from "@/charts/use-size";
import { layerStyles } from "../colour";
import { AsTable } from "../as-table";
import { ChartTable } from "./chart-table";
import { Legend } from "./legend";
import { Plot } from "./plot";
import { Readout } from "./readout";

export function Chart(chart: ChartNode) {
  const [asTable, setAsTable] = useState(false);
  const [attach, size] = useSize<HTMLDivElement>();
  const [pointer, setPointer] = useState<number | null>(null);
  const styles = layerStyles(chart.layers);
  return (
    <figure className="flex min-h-36 min-w-0 grow flex-col gap-1">
      <figcaption className="flex items-start gap-2 text-xs text-ink-2">
        <div className="min-w-0 grow">
          <p className="sr-only">{chart.description}</p>
          <Legend layers={chart.layers} styles={styles} />
        </div>
        <AsTable on={asTable} onChange={setAsTable} what={chart.description} />
      </figcaption>
      {asTable ? (
        <ChartTable chart={chart} />
      ) : (
        <div
          ref={attach}
          className="relative h-44 min-h-28 grow"
          onPointerMove={(event) => setPointer(event.clientX - event.currentTarget.getBoundingClientRect().left)}
          onPointerLeave={() => setPointer(null)}
        >
          {size.width > 0 && <Plot chart={chart} styles={styles} size={size} pointer={pointer} readout={Readout} />}
        </div>
      )}
    </figure>
  );
}
