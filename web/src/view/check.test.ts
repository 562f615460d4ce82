// Views that must be refused, each with the words of the server's own check.
import { describe, expect, it } from "vitest";
import type { ViewNode } from "@/api/types";
import { checkView } from "./check";
import { EVERY_KIND, stack, text } from "./samples";

function check(nodes: ViewNode[]): string {
  try {
    checkView({ nodes, root: 0 });
    return "fine";
  } catch (defect) {
    return defect instanceof Error ? `${defect.name}: ${defect.message}` : "";
  }
}

const line = (xs: number[], ys: (number | null)[]): ViewNode => {
  const axis = { label: "", unit: "none", scale: "linear" } as const;
  const layer = { name: "", mark: "line", tone: "accent", xs, ys } as const;
  return { tag: "chart", val: { description: "", x: axis, y: axis, layers: [layer] } };
};

const layers = (count: number): ViewNode => {
  const chart = line([], []);
  if (chart.tag === "chart") chart.val.layers = new Array(count).fill(chart.val.layers[0]);
  return chart;
};

const table = (columns: number, rows: number): ViewNode => ({
  tag: "table",
  val: {
    caption: "",
    columns: new Array(columns).fill({ title: "", unit: "none" }),
    rows: new Array(rows).fill(new Array(columns).fill({ tag: "text", val: "" })),
  },
});

const wordy = Array.from({ length: 200 }, () => text("x".repeat(2_000)));
const deep = Array.from({ length: 17 }, (_, at) => (at < 16 ? stack([at + 1]) : text("a")));

describe("views", () => {
  it("one node of every kind passes", () => {
    expect(checkView(EVERY_KIND)).toBe(EVERY_KIND);
  });

  it.each<[string, ViewNode[], string]>([
    ["tree", [stack([1, 2]), text("a"), stack([3]), text("b")], "fine"],
    ["nothing", [], "the root is node 0, and there are 0 nodes"],
    ["out of bounds", [stack([7])], "node 0 has the child 7, and there are 1 nodes"],
    [
      "own child",
      [stack([0])],
      "node 0 has the child 0, which does not come after it; a view is a tree, without cycles",
    ],
    [
      "cycle",
      [stack([1]), stack([0])],
      "node 1 has the child 0, which does not come after it; a view is a tree, without cycles",
    ],
    ["shared", [stack([1, 1]), text("a")], "node 1 is the child of two nodes; a view is a tree"],
    ["stray", [stack([]), text("a")], "node 1 is neither the root nor the child of a node"],
    ["gaps", [line([1, 2], [1, null])], "fine"],
    ["short", [line([1], [])], "in node 0, `ys` has 0 entries where 1 are needed"],
    ["not finite", [line([Infinity], [1])], "in node 0, an entry of `xs` is not a number that can be drawn"],
    [
      "no columns",
      [{ tag: "grid", val: { columns: 0, children: [] } }],
      "in node 0, the number of columns (1 to 12) is not a number that can be drawn",
    ],
    [
      "long text",
      [text("x".repeat(10_000_000))],
      "the view has 10000000 bytes in one text, and at most 2000 are allowed",
    ],
    ["wide text", [text("é".repeat(1_001))], "the view has 2002 bytes in one text, and at most 2000 are allowed"],
    [
      "many texts",
      [stack(wordy.map((_, at) => at + 1)), ...wordy],
      "the view has 264000 bytes, and at most 262144 are allowed",
    ],
    [
      "many numbers",
      [line(new Array<number>(10_001).fill(0), new Array<null>(10_001).fill(null))],
      "the view has 20002 numbers, and at most 20000 are allowed",
    ],
    ["many layers", [layers(2_000)], "the view has 2001 nodes and layers, and at most 2000 are allowed"],
    ["many empty rows", [table(0, 20_001)], "the view has 20001 numbers, and at most 20000 are allowed"],
    ["many columns", [table(20_001, 0)], "the view has 20001 numbers, and at most 20000 are allowed"],
    ["many words", [table(100, 200)], "the view has 20001 numbers, and at most 20000 are allowed"],
    ["deep", deep, "the view has 17 levels, and at most 16 are allowed"],
    [
      "a million nodes",
      new Array<ViewNode>(1_000_000).fill(text("")),
      "the view has 1000000 nodes, and at most 2000 are allowed",
    ],
  ])("%s", (_name, nodes, expected) => {
    expect(check(nodes)).toBe(expected === "fine" ? expected : `ViewDefect: ${expected}`);
  });
});
