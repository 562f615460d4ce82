"use client";
// One graph with its controls: zoom, and what is known of the op that is selected.
import { useMemo, useState } from "react";
import type { Graph } from "@/api/types";
import { useSize } from "@/charts/use-size";
import { Button } from "@/components/ui/button";
import type { Change } from "./diff";
import { Drawing } from "./drawing";
import { fold } from "./fold";
import { layout } from "./layout";
import { NodeDetails } from "./node-details";

interface Props {
  title: string;
  graph: Graph;
  /** Per node, whether it is marked. */
  changed: boolean[];
  change: Change;
  unfold: boolean;
}

const STEPS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6, 2];

export function GraphView({ title, graph, changed, change, unfold }: Props) {
  const folded = useMemo(() => fold(graph, changed, unfold), [graph, changed, unfold]);
  const placed = useMemo(() => layout(folded), [folded]);
  const [attach, size] = useSize<HTMLDivElement>();
  const [chosen, setChosen] = useState<number | null>(null);
  const [selected, setSelected] = useState<number | null>(null);
  // Smaller than this nobody can read it: then it scrolls sideways.
  const fitting = size.width === 0 ? 1 : Math.min(1, Math.max(0.6, (size.width - 16) / placed.width));
  const zoom = chosen ?? fitting;
  const larger = STEPS.find((step) => step > zoom + 0.01);
  const smaller = STEPS.findLast((step) => step < zoom - 0.01);
  const drawn = selected === null ? undefined : folded.nodes[selected];
  const marked = changed.filter(Boolean).length;
  return (
    <section aria-label={title} className="flex min-w-0 flex-col rounded-md border border-line">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5">
        <h3 className="text-sm font-semibold text-ink">{title}</h3>
        <p className="text-xs text-ink-3">
          {graph.nodes.length} ops
          {marked > 0 && (change === "gone" ? `, ${marked} taken away` : `, ${marked} new`)}
        </p>
        <div className="ml-auto flex items-center gap-1">
          <Button
            kind="quiet"
            size="small"
            icon="minus"
            label={`Smaller: ${title}`}
            disabled={smaller === undefined}
            onClick={() => setChosen(smaller ?? zoom)}
          />
          <button
            type="button"
            onClick={() => setChosen(null)}
            aria-label={`Fit to width: ${title}, now ${Math.round(zoom * 100)} %`}
            className="w-12 rounded-sm text-center text-xs text-ink-2 hover:text-ink"
          >
            {Math.round(zoom * 100)} %
          </button>
          <Button
            kind="quiet"
            size="small"
            icon="plus"
            label={`Larger: ${title}`}
            disabled={larger === undefined}
            onClick={() => setChosen(larger ?? zoom)}
          />
        </div>
      </div>
      <div
        ref={attach}
        role="region"
        aria-label={`Drawing: ${title}`}
        tabIndex={0}
        className="max-h-[34rem] min-h-48 overflow-auto py-2 3xl:max-h-[52rem]"
      >
        <Drawing
          title={title}
          folded={folded}
          layout={placed}
          zoom={zoom}
          change={change}
          selected={drawn === undefined ? null : selected}
          onSelect={setSelected}
        />
      </div>
      <div className="min-h-24 border-t border-line px-3 py-2" aria-live="polite">
        <NodeDetails graph={graph} node={drawn?.node ?? null} />
      </div>
    </section>
  );
}
