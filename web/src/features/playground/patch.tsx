"use client";
// A patch in numbers: which ops it takes out of the graph, which it brings, and how many uses it rewires. Whether it is
// right is not judged here: a server checks it against the reference interpreter, and measures it.
import type { Graph, GraphOp } from "@/api/types";
import { EmptyState } from "@/components/ui/states";

export interface PatchJson {
  remove: number[];
  add: { op: GraphOp }[];
  rewire: unknown[];
}

export function Patch({ graph, patch }: { graph: Graph; patch: PatchJson }) {
  const { remove, add, rewire } = patch;
  if (remove.length + add.length + rewire.length === 0) {
    return (
      <EmptyState title="An empty patch" icon="check">
        <p>The pass finds nothing to do in this graph.</p>
      </EmptyState>
    );
  }
  const before = graph.nodes.length;
  const removed = count(remove.map((at) => graph.nodes[at]?.op.tag ?? "no node"));
  const added = count(add.map(({ op }) => op.tag));
  const ops = [...new Set([...removed.keys(), ...added.keys()])].sort();
  return (
    <div className="flex flex-col gap-3">
      <p className="text-ink">
        {before} nodes become {before - remove.length + add.length}; {rewire.length}{" "}
        {rewire.length === 1 ? "value is" : "values are"} rewired.
      </p>
      <table className="w-full max-w-md text-xs">
        <caption className="pb-1.5 text-left text-ink-3">
          Nodes by op. Not yet validated or measured: a server does both before it takes a patch.
        </caption>
        <thead>
          <tr className="border-b border-line-strong text-ink-2">
            <th scope="col" className="py-1 text-left font-medium">
              op
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              removed
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              added
            </th>
          </tr>
        </thead>
        <tbody>
          {ops.map((op) => (
            <tr key={op} className="border-b border-line">
              <th scope="row" className="py-1 text-left font-normal text-ink">
                <code>{op}</code>
              </th>
              <td className="py-1 text-right text-ink">{removed.get(op) ?? ""}</td>
              <td className="py-1 text-right text-ink">{added.get(op) ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
