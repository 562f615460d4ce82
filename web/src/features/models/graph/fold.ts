// A graph as it is drawn: repeated layers once, edges between ops only, and what changed.
import type { Graph } from "@/api/types";
import { describe, INPUTS, regardless, type Described } from "./describe";
import { stretches, type Stretch } from "./repeat";

export interface DrawnNode extends Described {
  /** The index in the graph; of repeated ones, the first. */
  node: number;
  /** Inputs of the model that it reads. */
  reads: string[];
  changed: boolean;
}

export interface DrawnEdge {
  from: number;
  to: number;
}

/** Ops of the drawing that stand for several repetitions. */
export interface Frame {
  first: number;
  last: number;
  times: number;
}

export interface Folded {
  nodes: DrawnNode[];
  /** Between indices of `nodes`, from a smaller to a larger one. */
  edges: DrawnEdge[];
  frames: Frame[];
}

/** `changed` says per node of the graph whether it is marked. With `unfold`, every repetition is drawn. */
export function fold(graph: Graph, changed: readonly boolean[], unfold: boolean): Folded {
  const producer = producers(graph);
  const cuts = unfold
    ? [{ start: 0, period: graph.nodes.length, times: 1 }]
    : stretches(graph.nodes.map((_, index) => signature(graph, index, producer, changed)));
  const drawnAt = positions(cuts);
  const nodes: DrawnNode[] = [];
  const edges = new Map<string, DrawnEdge>();
  graph.nodes.forEach((node, index) => {
    const to = drawnAt[index] ?? 0;
    if (to === nodes.length) {
      const reads = node.inputs.filter((value) => value < INPUTS.length).map((value) => INPUTS[value] ?? "");
      nodes.push({ ...describe(node.op), node: index, reads, changed: changed[index] ?? false });
    }
    for (const value of node.inputs) {
      const from = drawnAt[producer.get(value) ?? -1];
      // Into the next repetition: the frame says that there is one.
      if (from !== undefined && from < to) edges.set(`${from} ${to}`, { from, to });
    }
  });
  return { nodes, edges: [...edges.values()], frames: frames(cuts) };
}

function producers(graph: Graph): Map<number, number> {
  const found = new Map<number, number>();
  graph.nodes.forEach((node, index) => node.outputs.forEach((value) => found.set(value, index)));
  return found;
}

/** What must be equal for two nodes to be drawn as one: the op, how far away its inputs are, and whether it changed. */
function signature(graph: Graph, index: number, producer: Map<number, number>, changed: readonly boolean[]): string {
  const node = graph.nodes[index];
  if (node === undefined) return "";
  const away = node.inputs.map((value) => {
    const from = producer.get(value);
    return from === undefined ? `input ${value}` : `${index - from}`;
  });
  return [regardless(node), away.join(" "), changed[index] ? "changed" : ""].join("|");
}

/** Per node of the graph, its index in the drawing. */
function positions(cuts: readonly Stretch[]): number[] {
  const drawn: number[] = [];
  let next = 0;
  for (const { period, times } of cuts) {
    for (let at = 0; at < period * times; at += 1) drawn.push(next + (at % period));
    next += period;
  }
  return drawn;
}

function frames(cuts: readonly Stretch[]): Frame[] {
  const found: Frame[] = [];
  let next = 0;
  for (const { period, times } of cuts) {
    if (times > 1) found.push({ first: next, last: next + period - 1, times });
    next += period;
  }
  return found;
}
