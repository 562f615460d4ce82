// The bounds of a view that no server has checked, such as one that a component made in this browser. They are those of
// the contract, and the words are those of the server, so that both refuse alike. Takes time linear in the view's size.
import type { View, ViewNode } from "@/api/types";

const LIMITS = { nodes: 2_000, depth: 16, textBytes: 2_000, numbers: 20_000, bytes: 256 * 1024 };

/** Why a view is not drawn. */
export class ViewDefect extends Error {
  override name = "ViewDefect";
}

/** Returns the view when it is a tree within all limits. Throws the first defect otherwise. */
export function checkView(raw: View): View {
  atMost("nodes", raw.nodes.length, LIMITS.nodes);
  if (raw.root >= raw.nodes.length) {
    throw new ViewDefect(`the root is node ${raw.root}, and there are ${raw.nodes.length} nodes`);
  }
  checkShape(raw);
  const totals = new Totals(raw.nodes.length);
  raw.nodes.forEach((node, at) => checkContent(at, node, totals));
  return raw;
}

function checkShape({ nodes, root }: View): void {
  const depths = new Uint8Array(nodes.length);
  depths[root] = 1;
  nodes.forEach((node, parent) => {
    const depth = depths[parent] ?? 0;
    if (depth === 0) throw new ViewDefect(`node ${parent} is neither the root nor the child of a node`);
    for (const child of childrenOf(node)) {
      if (child >= nodes.length) {
        throw new ViewDefect(`node ${parent} has the child ${child}, and there are ${nodes.length} nodes`);
      }
      if (child <= parent) {
        throw new ViewDefect(
          `node ${parent} has the child ${child}, which does not come after it; a view is a tree, without cycles`,
        );
      }
      if (depths[child] !== 0) throw new ViewDefect(`node ${child} is the child of two nodes; a view is a tree`);
      depths[child] = depth + 1;
      atMost("levels", depth + 1, LIMITS.depth);
    }
  });
}

export function childrenOf(node: ViewNode): readonly number[] {
  return node.tag === "stack" || node.tag === "grid" ? node.val.children : [];
}

function checkContent(at: number, node: ViewNode, totals: Totals): void {
  switch (node.tag) {
    case "stack":
      return;
    case "grid":
      if (node.val.columns >= 1 && node.val.columns <= 12) return;
      throw notDrawable(at, "the number of columns (1 to 12)");
    case "text":
      return totals.addText(node.val.text);
    case "stat":
      totals.addText(node.val.label);
      totals.addNumbers(1 + node.val.trend.length);
      if (node.val.value === undefined || node.val.value === null) return;
      return finite(at, "the value", [node.val.value]);
    case "table":
      totals.addText(node.val.caption);
      for (const column of node.val.columns) totals.addText(column.title);
      totals.addNumbers(node.val.columns.length);
      totals.addNumbers(node.val.rows.length);
      for (const row of node.val.rows) {
        sameLength(at, "a row", row.length, node.val.columns.length);
        for (const cell of row) {
          totals.addNumbers(1);
          if (cell.tag === "text") totals.addText(cell.val);
          if (cell.tag === "number") finite(at, "a cell", [cell.val]);
        }
      }
      return;
    case "chart":
      for (const words of [node.val.description, node.val.x.label, node.val.y.label]) totals.addText(words);
      totals.addNodes(node.val.layers.length);
      for (const layer of node.val.layers) {
        totals.addText(layer.name);
        totals.addNumbers(layer.xs.length + layer.ys.length);
        sameLength(at, "`ys`", layer.ys.length, layer.xs.length);
        finite(at, "an entry of `xs`", layer.xs);
      }
      return;
    case "heatmap":
      for (const words of [node.val.description, node.val.x.label, ...node.val.rows]) totals.addText(words);
      totals.addNumbers(node.val.rows.length + node.val.xs.length + node.val.values.length);
      sameLength(at, "`values`", node.val.values.length, node.val.rows.length * node.val.xs.length);
      return finite(at, "an entry of `xs`", node.val.xs);
    case "breakdown":
      totals.addText(node.val.description);
      for (const part of node.val.parts) {
        totals.addText(part.name);
        totals.addNumbers(1);
        if (!(Number.isFinite(part.value) && part.value >= 0)) throw notDrawable(at, "a part");
      }
  }
}

class Totals {
  private numbers = 0;
  private bytes = 0;
  private readonly encoder = new TextEncoder();

  constructor(private nodes: number) {}

  /** Counts what is drawn like a node without being one. */
  addNodes(more: number): void {
    this.nodes += more;
    atMost("nodes and layers", this.nodes, LIMITS.nodes);
  }

  addText(text: string): void {
    // A string has at least as many bytes as units, so a huge one is refused before it is encoded.
    const size = text.length > LIMITS.textBytes ? text.length : this.encoder.encode(text).length;
    atMost("bytes in one text", size, LIMITS.textBytes);
    this.grow(size);
  }

  addNumbers(more: number): void {
    this.numbers += more;
    atMost("numbers", this.numbers, LIMITS.numbers);
    this.grow(more * 8);
  }

  private grow(more: number): void {
    this.bytes += more;
    atMost("bytes", this.bytes, LIMITS.bytes);
  }
}

function atMost(what: string, found: number, limit: number): void {
  if (found > limit) throw new ViewDefect(`the view has ${found} ${what}, and at most ${limit} are allowed`);
}

function sameLength(node: number, what: string, found: number, expected: number): void {
  if (found === expected) return;
  throw new ViewDefect(`in node ${node}, ${what} has ${found} entries where ${expected} are needed`);
}

function finite(node: number, what: string, values: ArrayLike<number>): void {
  if (!Array.from(values).every(Number.isFinite)) throw notDrawable(node, what);
}

function notDrawable(node: number, what: string): ViewDefect {
  return new ViewDefect(`in node ${node}, ${what} is not a number that can be drawn`);
}
