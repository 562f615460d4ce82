// What an op is called and what sets it apart, for people and for comparing.
import type { Graph, GraphNode, GraphOp } from "@/api/types";

export interface Described {
  /** The op's name in the contract. */
  op: string;
  /** What sets this one apart: its weights, or its numbers. */
  detail: string;
  weights: string[];
}

/** Weights are named `blk.3.attn_q.weight`; in a drawing the layer is known and the ending is noise. */
export function shortWeight(name: string): string {
  return name.replace(/^blk\.\d+\./, "").replace(/\.weight$/, "");
}

export function describe(op: GraphOp): Described {
  const weights = weightsOf(op);
  return { op: op.tag, detail: detailOf(op, weights), weights };
}

function weightsOf(op: GraphOp): string[] {
  switch (op.tag) {
    case "embedding":
      return [op.val];
    case "matmul":
      return [...op.val.weights, ...op.val.biases];
    case "rms-norm":
    case "add-rms-norm":
      return [op.val.weight];
    case "gated-matmul":
      return [op.val.gate, op.val.up];
    case "rope":
      return op.val.scaling.tag === "factors" ? [op.val.scaling.val] : [];
    default:
      return [];
  }
}

function detailOf(op: GraphOp, weights: string[]): string {
  switch (op.tag) {
    case "rope":
      return `${op.val.heads} heads of ${op.val.headDim}`;
    case "attention": {
      const window = op.val.window === undefined || op.val.window === null ? "" : `, window ${op.val.window}`;
      return `${op.val.heads} heads, ${op.val.kvHeads} of keys${window}`;
    }
    case "slice":
      return `columns ${op.val.start} to ${op.val.start + op.val.len - 1}`;
    case "scale":
      return `× ${op.val}`;
    default:
      return weights.map(shortWeight).join(", ");
  }
}

/** Everything that an op says of itself, as text: two ops with the same text are the same op. */
export function exactly(node: GraphNode): string {
  return JSON.stringify(node.op);
}

/** The same without the number of the layer: equal ops of two layers have the same text. */
export function regardless(node: GraphNode): string {
  const { op } = node;
  const layerless = op.tag === "attention" ? { ...op, val: { ...op.val, layer: 0 } } : op;
  return JSON.stringify(layerless).replace(/\bblk\.\d+\./g, "blk.#.");
}

/** `tokens × 576`, in the words of the contract. */
export function shapeOf(graph: Graph, value: number): string {
  const type = graph.values[value];
  if (type === undefined) return "";
  const elem = type.elem === "uint32" ? "u32" : "f32";
  return type.width === 1 ? `${elem}[${type.lead}]` : `${elem}[${type.lead}, ${type.width.toLocaleString("en")}]`;
}

/** The first three values of every graph. */
export const INPUTS = ["tokens", "positions", "wanted rows"];
