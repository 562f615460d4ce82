// Tiles never overlap and never float, whatever is done to them.
import { describe, expect, it } from "vitest";
import { add, grow, nudge, put, reading, remove, type Place } from "./layout";

const tile = (id: string, x: number, y: number, w: number, h: number): Place => ({ id, x, y, w, h });
const drawn = (tiles: readonly Place[]) => reading(tiles).map(({ id, x, y, w, h }) => `${id} ${x},${y} ${w}×${h}`);

const TWO = [tile("a", 0, 0, 6, 4), tile("b", 0, 4, 6, 4)];

describe("the board", () => {
  it("puts a new tile where there is room first", () => {
    expect(drawn(add(TWO, tile("c", 0, 0, 6, 4)))).toEqual(["a 0,0 6×4", "c 6,0 6×4", "b 0,4 6×4"]);
    expect(drawn(add(TWO, tile("c", 0, 0, 12, 4)))).toEqual(["a 0,0 6×4", "b 0,4 6×4", "c 0,8 12×4"]);
  });

  it("changes places when one is moved over the other", () => {
    expect(drawn(put(TWO, "b", { y: 0 }))).toEqual(["b 0,0 6×4", "a 0,4 6×4"]);
    expect(drawn(put(TWO, "a", { y: 5 }))).toEqual(["b 0,0 6×4", "a 0,4 6×4"]);
  });

  it("takes a step of the keyboard past the next tile", () => {
    expect(drawn(nudge(TWO, "a", 0, 1))).toEqual(["b 0,0 6×4", "a 0,4 6×4"]);
    expect(drawn(nudge(TWO, "b", 0, -1))).toEqual(["b 0,0 6×4", "a 0,4 6×4"]);
    expect(drawn(nudge(TWO, "a", 1, 0))).toEqual(["a 1,0 6×4", "b 0,4 6×4"]);
    expect(drawn(nudge(TWO, "a", 0, -1))).toEqual(drawn(TWO));
  });

  it("keeps tiles on the board and at a size that shows something", () => {
    expect(drawn(put(TWO, "a", { x: 99, y: -3 }))).toEqual(["b 0,0 6×4", "a 6,0 6×4"]);
    expect(drawn(put(TWO, "a", { w: 1, h: 1 }))).toEqual(["a 0,0 2×3", "b 0,3 6×4"]);
    expect(drawn(put(TWO, "a", { w: 99, h: 99 }))).toEqual(["a 0,0 12×20", "b 0,20 6×4"]);
  });

  it("grows and shrinks by a step of the keyboard", () => {
    expect(drawn(grow(TWO, "a", 1, 1))).toEqual(["a 0,0 7×5", "b 0,5 6×4"]);
    expect(drawn(grow(TWO, "a", -1, -1))).toEqual(["a 0,0 5×3", "b 0,3 6×4"]);
    expect(drawn(grow(TWO, "nobody", 1, 1))).toEqual(drawn(TWO));
  });

  it("lets tiles rise when one above goes", () => {
    expect(drawn(remove(TWO, "a"))).toEqual(["b 0,0 6×4"]);
  });

  it("never overlaps and never floats", () => {
    let tiles: Place[] = [];
    let seed = 7;
    const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 400; step += 1) {
      const id = `t${next(12)}`;
      const known = tiles.some((each) => each.id === id);
      if (!known) tiles = add(tiles, tile(id, 0, 0, 1 + next(12), 1 + next(8)));
      else if (next(5) === 0) tiles = remove(tiles, id);
      else tiles = put(tiles, id, { x: next(14) - 1, y: next(30) - 1, w: next(14), h: next(10) });
      for (const a of tiles) {
        const blocked = tiles.filter((b) => b.id !== a.id && b.x < a.x + a.w && a.x < b.x + b.w);
        for (const b of blocked)
          expect(b.y >= a.y + a.h || a.y >= b.y + b.h, `${step}: ${a.id} over ${b.id}`).toBe(true);
        expect(a.y === 0 || blocked.some((b) => b.y + b.h === a.y), `${step}: ${a.id} floats`).toBe(true);
      }
    }
  });
});
