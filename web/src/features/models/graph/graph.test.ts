// Repetition, difference, folding and layout, on small graphs.
import { describe, expect, it } from "vitest";
import type { Graph, GraphOp } from "@/api/types";
import { exactly, regardless, shapeOf } from "./describe";
import { difference, longestCommon } from "./diff";
import { fold } from "./fold";
import { layout, NODE_HEIGHT, NODE_WIDTH } from "./layout";
import { stretches } from "./repeat";

/** A graph of ops that each read the values named by index and produce the next one. */
function graphOf(ops: [GraphOp, number[]][]): Graph {
  const width = 8;
  return {
    contextLength: 16,
    weights: [],
    values: Array.from({ length: ops.length + 3 }, (_, at) => ({
      elem: at < 3 ? "uint32" : "float32",
      lead: at === 2 ? "rows" : "tokens",
      width: at < 3 ? 1 : width,
    })),
    nodes: ops.map(([op, inputs], at) => ({ op, inputs, outputs: [at + 3] })),
    logits: ops.length + 2,
  };
}

const norm = (weight: string): GraphOp => ({ tag: "rms-norm", val: { weight, eps: 1e-5 } });
const matmul = (weight: string): GraphOp => ({ tag: "matmul", val: { weights: [weight], biases: [] } });

/** An embedding, `layers` times norm, two matmuls, their product and a residual sum, and a head. */
function model(layers: number, change?: (layer: number) => boolean): Graph {
  const ops: [GraphOp, number[]][] = [[{ tag: "embedding", val: "embd" }, [0]]];
  for (let layer = 0; layer < layers; layer += 1) {
    const x = ops.length + 2;
    ops.push([norm(`blk.${layer}.norm.weight`), [x]]);
    ops.push([matmul(`blk.${layer}.gate.weight`), [x + 1]]);
    ops.push([matmul(`blk.${layer}.up${change?.(layer) ? "2" : ""}.weight`), [x + 1]]);
    ops.push([{ tag: "mul" }, [x + 2, x + 3]]);
    ops.push([{ tag: "add" }, [x, x + 4]]);
  }
  ops.push([matmul("head"), [ops.length + 2]]);
  return graphOf(ops);
}

describe("repetition", () => {
  it.each<[string, [number, number, number][]]>([
    ["abcabcabcabc", [[0, 3, 4]]],
    [
      "xabcabcabcy",
      [
        [0, 1, 1],
        [1, 3, 3],
        [10, 1, 1],
      ],
    ],
    ["abcd", [[0, 4, 1]]],
    ["", []],
    ["ababab", [[0, 6, 1]]],
    [
      "abcabcabcdefgdefgdefg",
      [
        [0, 3, 3],
        [9, 4, 3],
      ],
    ],
  ])("%s", (text, expected) => {
    expect(stretches([...text]).map(({ start, period, times }) => [start, period, times])).toEqual(expected);
  });
});

describe("difference", () => {
  it("a longest common part", () => {
    const { a, b } = longestCommon([..."abcde"], [..."axcye"]);
    expect([[...a], [...b]]).toEqual([
      [0, 2, 4],
      [0, 2, 4],
    ]);
  });

  it("marks what is gone and what is new, and nothing else", () => {
    const changes = difference(
      model(3),
      model(3, (layer) => layer === 1),
    );
    expect(changes.gone.flatMap((gone, at) => (gone ? [at] : []))).toEqual([8]);
    expect(changes.added.flatMap((added, at) => (added ? [at] : []))).toEqual([8]);
  });
});

describe("folding", () => {
  it("draws repeated layers once", () => {
    const folded = fold(model(30), [], false);
    expect(folded.nodes.map((node) => node.op)).toEqual([
      "embedding",
      "rms-norm",
      "matmul",
      "matmul",
      "mul",
      "add",
      "matmul",
    ]);
    expect(folded.frames).toEqual([{ first: 1, last: 5, times: 30 }]);
    expect(folded.edges).toContainEqual({ from: 5, to: 6 });
    expect(folded.edges.every(({ from, to }) => from < to)).toBe(true);
  });

  it("draws all of them when asked, and a layer that changed for itself", () => {
    expect(fold(model(30), [], true).nodes).toHaveLength(152);
    const changed = model(30).nodes.map((_, at) => at === 5 * 14 + 3);
    expect(fold(model(30), changed, false).frames.map((frame) => frame.times)).toEqual([14, 15]);
  });

  it("says what is read of the inputs", () => {
    expect(fold(model(1), [], false).nodes[0]?.reads).toEqual(["tokens"]);
  });
});

describe("layout", () => {
  const folded = fold(model(30), [], false);
  const placed = layout(folded);

  it("keeps boxes apart and edges downwards", () => {
    placed.nodes.forEach((a, i) =>
      placed.nodes.slice(i + 1).forEach((b) => {
        const apart = Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT;
        expect(apart).toBe(true);
      }),
    );
    for (const { points } of placed.edges) {
      const ys = points.map((point) => point.y);
      expect([...ys].sort((a, b) => a - b)).toEqual(ys);
    }
  });

  it("a frame holds its ops and no others", () => {
    const [frame] = placed.frames;
    const inside = placed.nodes.map(
      ({ y }) => frame !== undefined && y > frame.y && y + NODE_HEIGHT < frame.y + frame.height,
    );
    expect(inside).toEqual([false, true, true, true, true, true, false]);
  });

  it("everything lies within the drawing", () => {
    for (const { x, y } of placed.nodes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + NODE_WIDTH).toBeLessThanOrEqual(placed.width);
      expect(y + NODE_HEIGHT).toBeLessThanOrEqual(placed.height);
    }
  });

  it("an empty graph has an empty drawing", () => {
    expect(layout({ nodes: [], edges: [], frames: [] }).nodes).toEqual([]);
  });
});

describe("ops in words", () => {
  it("layers are told apart exactly, and not regardless of their number", () => {
    const [, a, , , , , b] = model(2).nodes;
    if (a === undefined || b === undefined) throw new Error("there are two norms");
    expect(exactly(a)).not.toBe(exactly(b));
    expect(regardless(a)).toBe(regardless(b));
  });

  it("shapes are those of the contract", () => {
    expect(shapeOf(model(1), 0)).toBe("u32[tokens]");
    expect(shapeOf(model(1), 3)).toBe("f32[tokens, 8]");
  });
});
