"use client";
// A model's graph before and after optimization, beside each other, with what changed marked.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { graph } from "@/api/queries";
import { Checkbox } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { ErrorState, Loading } from "@/components/ui/states";
import { difference } from "./diff";
import { GraphView } from "./graph-view";
import { OpCounts } from "./op-counts";

export function GraphsPanel({ model }: { model: string }) {
  const before = useQuery(graph(model, "before"));
  const after = useQuery(graph(model, "after"));
  const [unfold, setUnfold] = useState(false);
  const changes = useMemo(
    () => (before.data === undefined || after.data === undefined ? null : difference(before.data, after.data)),
    [before.data, after.data],
  );
  const failed = before.isError ? before : after.isError ? after : null;
  return (
    <Panel
      title="Graph"
      note="− taken away, + new"
      actions={
        <Checkbox label="Draw every layer" checked={unfold} onChange={(event) => setUnfold(event.target.checked)} />
      }
    >
      {failed !== null ? (
        <ErrorState title="The graph could not be read" error={failed.error} retry={() => void failed.refetch()} />
      ) : before.data === undefined || after.data === undefined || changes === null ? (
        <Loading label="Loading the graph" lines={8} />
      ) : (
        <div className="grid gap-4 lg:grid-cols-2 3xl:grid-cols-[1fr_1fr_20rem]">
          <GraphView title="Before" graph={before.data} changed={changes.gone} change="gone" unfold={unfold} />
          <GraphView title="After" graph={after.data} changed={changes.added} change="added" unfold={unfold} />
          <div className="max-w-xl lg:col-span-2 3xl:col-span-1">
            <OpCounts before={before.data} after={after.data} />
          </div>
        </div>
      )}
    </Panel>
  );
}
