// Which ops two graphs have in common, in order: what is only in the one was taken away, what is only in the other is new.
import type { Graph } from "@/api/types";
import { exactly } from "./describe";

/** What becomes of an op: taken away, or new. */
export type Change = "gone" | "added";

export interface Difference {
  /** Per node of the graph before: whether it is gone. */
  gone: boolean[];
  /** Per node of the graph after: whether it is new. */
  added: boolean[];
}

export function difference(before: Graph, after: Graph): Difference {
  const common = longestCommon(before.nodes.map(exactly), after.nodes.map(exactly));
  return {
    gone: before.nodes.map((_, index) => !common.a.has(index)),
    added: after.nodes.map((_, index) => !common.b.has(index)),
  };
}

/** The indices of a longest common subsequence, by dynamic programming: graphs have hundreds of nodes, not millions. */
export function longestCommon(a: string[], b: string[]): { a: Set<number>; b: Set<number> } {
  const width = b.length + 1;
  // lengths[i * width + j]: how long the common part of a[i..] and b[j..] is.
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      const down = lengths[at + width] ?? 0;
      const right = lengths[at + 1] ?? 0;
      lengths[at] = a[i] === b[j] ? (lengths[at + width + 1] ?? 0) + 1 : Math.max(down, right);
    }
  }
  const found = { a: new Set<number>(), b: new Set<number>() };
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      found.a.add(i++);
      found.b.add(j++);
    } else if ((lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0)) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return found;
}
