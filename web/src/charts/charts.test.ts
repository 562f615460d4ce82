// Ticks, scales and paths, as cases.
import { describe, expect, it } from "vitest";
import type { Axis } from "@/api/types";
import { areaPath, linePath } from "./path";
import { extent, fromZero, makeScale } from "./scale";
import { clockStep, logTicks, multiples, niceStep } from "./ticks";

const axis = (unit: Axis["unit"], scale: Axis["scale"]): Axis => ({ label: "", unit, scale });

describe("ticks", () => {
  it.each([
    [1, 5, 0.2],
    [10, 4, 5],
    [97, 5, 20],
    [0.0031, 3, 0.002],
    [0, 3, 1],
  ])("%s in about %s steps: every %s", (span, count, step) => {
    expect(niceStep(span, count)).toBeCloseTo(step, 12);
  });

  it("multiples are free of rounding dust", () => {
    expect(multiples(0, 0.5, 0.1)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(multiples(3, 4, 10)).toEqual([]);
  });

  it("a clock has its own steps", () => {
    expect(clockStep(60_000, 4)).toBe(15_000);
    expect(clockStep(86_400_000, 6)).toBe(21_600_000);
  });

  it("decades, with steps between when there are few", () => {
    expect(logTicks(0.001, 100, 10)).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
    expect(logTicks(1, 60, 5)).toEqual([1, 2, 5, 10, 20, 50]);
  });
});

describe("scales", () => {
  it("all ticks of an axis share one prefix", () => {
    const { ticks, suffix } = makeScale(axis("seconds", "linear"), [0, 0.05], [100, 0], 5);
    expect(ticks.map((tick) => tick.text)).toEqual(["0", "10", "20", "30", "40", "50"]);
    expect(suffix).toBe("ms");
    expect(ticks[0]?.at).toBe(100);
    expect(ticks.at(-1)?.at).toBe(0);
  });

  it("binary prefixes have round ticks too", () => {
    const { ticks, suffix } = makeScale(axis("bytes", "linear"), [0, 3 * 1024 ** 3], [100, 0], 3);
    expect([...ticks.map((tick) => tick.text), suffix]).toEqual(["0", "1", "2", "3", "GiB"]);
  });

  it("ticks have no zeros that say nothing", () => {
    const texts = (high: number) =>
      makeScale(axis("count", "linear"), [0, high], [0, 1], 2).ticks.map((tick) => tick.text);
    expect(texts(1)).toEqual(["0", "0.5", "1"]);
    expect(texts(100)).toEqual(["0", "50", "100"]);
    expect(texts(40_000)).toEqual(["0", "20 k", "40 k"]);
  });

  it("a logarithm leaves out what it cannot place", () => {
    expect(extent([0, -1, 0.1, 10, null, Number.NaN], "log")).toEqual([0.1, 10]);
    expect(makeScale(axis("none", "log"), [0.1, 10], [0, 100], 3).place(1)).toBeCloseTo(50);
  });

  it("a vertical axis begins at zero and ends on a tick", () => {
    expect(fromZero("count", [3, 9.5], 4)).toEqual([0, 10]);
    expect(fromZero("count", [-2, 3], 4)).toEqual([-2, 4]);
    expect(fromZero("bytes", [2 ** 20, 2.5 * 2 ** 30], 3)).toEqual([0, 3 * 2 ** 30]);
  });

  it("nothing has no extent, and a flat line has room", () => {
    expect(extent([null, Number.NaN], "linear")).toBeNull();
    expect(fromZero("none", [0, 0], 3)).toEqual([0, 1]);
    expect(makeScale(axis("none", "linear"), [5, 5], [100, 0], 3).place(5)).toBe(50);
  });
});

describe("paths", () => {
  const points = [{ x: 0, y: 1 }, { x: 1, y: 2 }, null, { x: 3, y: 4 }];

  it("a gap stays a gap, and a point alone is seen", () => {
    expect(linePath(points)).toBe("M0 1L1 2M2 4h2");
    expect(areaPath(points.slice(0, 3), 10)).toBe("M0 10L0 1L1 2L1 10Z");
    expect(linePath([])).toBe("");
  });
});
