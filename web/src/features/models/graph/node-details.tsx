// What is known of the selected op: its weights, and the types of what it reads and produces.
import type { Graph } from "@/api/types";
import { compact } from "@/format/number";
import { describe, INPUTS, shapeOf } from "./describe";

export function NodeDetails({ graph, node: index }: { graph: Graph; node: number | null }) {
  const node = index === null ? undefined : graph.nodes[index];
  if (node === undefined) {
    return (
      <p className="text-xs text-ink-3">Choose an op to see its weights and shapes. Arrow keys go from op to op.</p>
    );
  }
  const { op, detail, weights } = describe(node.op);
  const input = (value: number) => `${value < INPUTS.length ? `${INPUTS[value] ?? ""} ` : ""}${shapeOf(graph, value)}`;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5 text-xs [&_dd]:text-ink [&_dd]:[overflow-wrap:anywhere] [&_dt]:text-ink-3">
      <dt>Op</dt>
      <dd>
        <strong className="font-semibold">{op}</strong> {weights.length === 0 ? detail : ""}{" "}
        <span className="text-ink-3">
          node {index} of {graph.nodes.length}
        </span>
      </dd>
      <dt>Reads</dt>
      <dd>{node.inputs.map(input).join(" · ") || "nothing"}</dd>
      <dt>Produces</dt>
      <dd>{node.outputs.map((value) => shapeOf(graph, value)).join(" · ")}</dd>
      {weights.length > 0 && (
        <>
          <dt>Weights</dt>
          <dd>
            <ul>
              {weights.map((name) => (
                <li key={name}>
                  <code>{name}</code> <span className="text-ink-2">{weightOf(graph, name)}</span>
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
    </dl>
  );
}

function weightOf(graph: Graph, name: string): string {
  const weight = graph.weights.find((candidate) => candidate.name === name);
  if (weight === undefined) return "";
  return `${weight.rows.toLocaleString("en")} × ${weight.cols.toLocaleString("en")} ${weight.dtype}, ${compact(weight.rows * weight.cols)} values`;
}
