// Places a folded graph on a plane: layers from top to bottom, few crossings, edges that go around what they pass.
// The classic steps: rank by the longest path, fill long edges with waypoints, order by the mean of the neighbours.
import type { DrawnEdge, Folded } from "./fold";

export const NODE_WIDTH = 178;
export const NODE_HEIGHT = 40;
const GAP_X = 22;
const GAP_Y = 26;
const WAYPOINT = 16;
const MARGIN = 26;
const SWEEPS = 8;

export interface Point {
  x: number;
  y: number;
}

export interface PlacedEdge extends DrawnEdge {
  /** From the lower edge of the one node to the upper edge of the other. */
  points: Point[];
}

export interface PlacedFrame extends Point {
  width: number;
  height: number;
  times: number;
}

export interface Layout {
  width: number;
  height: number;
  /** The upper left corner of each node. */
  nodes: Point[];
  edges: PlacedEdge[];
  frames: PlacedFrame[];
}

/** A node of the drawing, or a waypoint of an edge. */
interface Item {
  width: number;
  above: Item[];
  below: Item[];
  x: number;
}

export function layout(folded: Folded): Layout {
  const rank = ranks(folded);
  const rows: Item[][] = [];
  const put = (row: number, item: Item) => (rows[row] ??= []).push(item);
  const items = folded.nodes.map((_, index) => {
    const item = newItem(NODE_WIDTH);
    put(rank[index] ?? 0, item);
    return item;
  });
  const routes = folded.edges.map((edge) => route(edge, items, rank, put));
  order(rows);
  place(rows);
  const top = (row: number) => MARGIN + row * (NODE_HEIGHT + GAP_Y);
  const nodes = items.map((item, index) => ({ x: item.x, y: top(rank[index] ?? 0) }));
  const width = Math.max(0, ...rows.flat().map((item) => item.x + item.width)) + MARGIN;
  return {
    width,
    height: top(rows.length) - GAP_Y + MARGIN,
    nodes,
    edges: folded.edges.map((edge, index) => ({
      ...edge,
      points: trace(routes[index] ?? [], rank[edge.from] ?? 0, top),
    })),
    frames: folded.frames.map(({ first, last, times }) => {
      const inside = rank.slice(first, last + 1);
      const y = top(Math.min(...inside)) - 14;
      return { x: 6, y, width: width - 12, height: top(Math.max(...inside)) + NODE_HEIGHT + 10 - y, times };
    }),
  };
}

function newItem(width: number): Item {
  return { width, above: [], below: [], x: 0 };
}

/** Longest path from the top. Repeated layers get ranks of their own, so that a frame holds nothing else. */
function ranks({ nodes, edges, frames }: Folded): number[] {
  const rank = nodes.map(() => 0);
  const into = nodes.map<number[]>(() => []);
  for (const { from, to } of edges) into[to]?.push(from);
  let floor = 0;
  nodes.forEach((_, index) => {
    if (frames.some((frame) => frame.first === index || frame.last + 1 === index)) {
      floor = index === 0 ? 0 : Math.max(...rank.slice(0, index)) + 1;
    }
    rank[index] = Math.max(floor, ...(into[index] ?? []).map((from) => (rank[from] ?? 0) + 1));
  });
  return rank;
}

/** The items of an edge from node to node, with a waypoint in every row between. */
function route(edge: DrawnEdge, items: Item[], rank: number[], put: (row: number, item: Item) => void): Item[] {
  const [start, end] = [items[edge.from], items[edge.to]];
  if (start === undefined || end === undefined) return [];
  const chain = [start];
  for (let row = (rank[edge.from] ?? 0) + 1; row < (rank[edge.to] ?? 0); row += 1) {
    const waypoint = newItem(WAYPOINT);
    put(row, waypoint);
    chain.push(waypoint);
  }
  chain.push(end);
  chain.slice(1).forEach((item, index) => {
    const before = chain[index];
    if (before === undefined) return;
    before.below.push(item);
    item.above.push(before);
  });
  return chain;
}

/** Sorts each row by where the neighbours stand, down and up in turn. */
function order(rows: Item[][]): void {
  const number = (row: Item[]) => row.forEach((item, index) => (item.x = index - row.length / 2));
  rows.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) {
      const wish = new Map(row.map((item) => [item, mean(down ? item.above : item.below) ?? item.x]));
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      number(row);
    }
  }
}

function mean(items: Item[]): number | null {
  return items.length === 0 ? null : items.reduce((total, item) => total + item.x, 0) / items.length;
}

/** Gives each item its place: as near to its neighbours as the order of its row allows. */
function place(rows: Item[][]): void {
  for (const row of rows) {
    let x = 0;
    for (const item of row) {
      item.x = x;
      x += item.width + GAP_X;
    }
    const middle = (x - GAP_X) / 2;
    for (const item of row) item.x -= middle;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) settle(row, (item) => (down ? item.above : item.below));
  }
  const left = Math.min(...rows.flat().map((item) => item.x));
  for (const item of rows.flat()) item.x += MARGIN - left;
}

/** Moves the items of a row towards their neighbours. Those that would overlap form a block that moves as one. */
function settle(row: Item[], neighbours: (item: Item) => Item[]): void {
  const centre = (item: Item) => item.x + item.width / 2;
  interface Block {
    items: Item[];
    /** The place of the first item, and the sum of what the items wish for it. */
    x: number;
    wishes: number;
    width: number;
  }
  const blocks: Block[] = [];
  for (const item of row) {
    const near = neighbours(item);
    const wish =
      near.length === 0 ? item.x : near.reduce((sum, other) => sum + centre(other), 0) / near.length - item.width / 2;
    let block: Block = { items: [item], x: wish, wishes: wish, width: item.width };
    for (let last = blocks.at(-1); last !== undefined && last.x + last.width + GAP_X > block.x; last = blocks.at(-1)) {
      blocks.pop();
      const offset = last.width + GAP_X;
      const items = [...last.items, ...block.items];
      const wishes = last.wishes + block.wishes - offset * block.items.length;
      block = { items, wishes, x: wishes / items.length, width: offset + block.width };
    }
    blocks.push(block);
  }
  for (const block of blocks) {
    let { x } = block;
    for (const item of block.items) {
      item.x = x;
      x += item.width + GAP_X;
    }
  }
}

function trace(chain: Item[], row: number, top: (row: number) => number): Point[] {
  return chain.flatMap((item, index) => {
    const x = item.x + item.width / 2;
    const y = top(row + index);
    if (index === 0) return [{ x, y: y + NODE_HEIGHT }];
    if (index === chain.length - 1) return [{ x, y }];
    return [
      { x, y },
      { x, y: y + NODE_HEIGHT },
    ];
  });
}
