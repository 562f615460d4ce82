// @vitest-environment node
// Recordings, links and comparisons.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { MetricInfo, Query } from "@/api/types";
import { differences } from "./compare";
import { answer, type Recording } from "./recordings";
import { decode, encode, LONGEST, TooLargeToShare, type Shared } from "./share";
import { FRAME, GRAPH, problemsOf, TARGET } from "./shapes";

describe("a query to a recording", () => {
  const recording = (kind: MetricInfo["kind"]): Recording => ({
    name: "",
    description: "",
    origin: "",
    input: {
      tag: "metrics",
      val: {
        frames: [
          {
            kind,
            frame: {
              metric: "m",
              unit: "tokens",
              provenance: "measured",
              times: [1_000, 2_000, 3_000, 4_000],
              series: [{ labels: [], values: [1, 5, null, 2] }],
            },
          },
        ],
      },
    },
  });
  const check = (
    kind: MetricInfo["kind"],
    aggregate: Query["aggregate"],
    windowSeconds: number,
    stepSeconds: number,
  ) => {
    try {
      const frame = answer(recording(kind), { metric: "m", aggregate, windowSeconds, stepSeconds });
      return `${frame.unit} ${JSON.stringify(frame.series[0]?.values)} at ${JSON.stringify(frame.times)}`;
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  // The cases of the SDK's own test.
  it.each<[MetricInfo["kind"], Query["aggregate"], number, number, string]>([
    ["gauge", "last", 4, 2, "tokens [5,2] at [2000,4000]"],
    ["gauge", "mean", 4, 4, "tokens [2.6666666666666665] at [4000]"],
    ["gauge", "max", 3, 3, "tokens [5] at [4000]"],
    ["counter", "increase", 4, 2, "tokens [6,2] at [2000,4000]"],
    ["counter", "rate", 4, 2, "per-second [3,2] at [2000,4000]"],
    ["histogram", "increase", 4, 4, "count [8] at [4000]"],
    ["counter", "increase", 9, 3, "tokens [null,1,7] at [-2000,1000,4000]"],
    [
      "gauge",
      "rate",
      4,
      2,
      "m is a gauge, which has no rate; counters and histograms have a rate and an increase, gauges a last, a mean and a max.",
    ],
  ])("%s %s of %s s in %s s", (kind, aggregate, window, step, expected) => {
    expect(check(kind, aggregate, window, step)).toBe(expected);
  });
});

describe("the SDK's recordings", () => {
  const folder = new URL("../../../sdk/recordings/", import.meta.url).pathname;
  it.each(readdirSync(folder).filter((name) => name.endsWith(".json")))("%s has the shapes of the contract", (name) => {
    const { input } = JSON.parse(readFileSync(folder + name, "utf8")) as Recording;
    if (input.tag === "metrics") for (const { frame } of input.val.frames) FRAME.parse(frame);
    else {
      GRAPH.parse(input.val.graph);
      TARGET.parse(input.val.target);
    }
  });

  it("problems have a path", () => {
    const parsed = FRAME.safeParse({ metric: "m", unit: "furlongs", provenance: "measured", times: ["a"], series: [] });
    expect(parsed.success ? "" : problemsOf(parsed.error)).toMatch(/^unit: .*\ntimes\[0\]: .*$/);
  });
});

describe("a link", () => {
  const shared: Shared = {
    package: { name: "inferno/throughput", version: "0.1.0" },
    settings: { window: "5m" },
    source: { tag: "recording", val: "synthetic-busy" },
  };

  it("brings back what was put in", async () => {
    const text = await encode(shared);
    expect(text).toMatch(/^[\w-]+$/);
    expect(await decode(text)).toEqual(shared);
    const graph: Shared = { source: { tag: "graph", val: { model: "m", stage: "before" } } };
    expect(await decode(await encode(graph))).toEqual(graph);
  });

  it("that would be too long is refused", async () => {
    const noise = Array.from({ length: LONGEST }, () => Math.random());
    await expect(encode({ source: { tag: "edited", val: noise } })).rejects.toThrow(TooLargeToShare);
  });

  it("that says nothing is nothing", async () => {
    const odd = async (value: unknown) => await encode(value as Shared);
    const bomb = await odd({ source: { tag: "edited", val: "x".repeat(5_000_000) } });
    for (const text of ["", "!", "abc", await odd({}), await odd({ source: { tag: "other" } }), bomb]) {
      expect(await decode(text)).toBeNull();
    }
  });
});

describe("two outputs", () => {
  it.each([
    [{ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, []],
    [{ a: 1 }, { a: 2 }, ["a: 1 | 2"]],
    [{ a: [{ b: null }] }, { a: [{}, 3] }, ["a[0].b: null | nothing", "a[1]: nothing | 3"]],
    [[1], { 0: 1 }, [': [1] | {"0":1}']],
    [0.1 + 0.2, 0.3, [": 0.30000000000000004 | 0.3"]],
  ])("%j and %j", (here, there, expected) => {
    expect(differences(here, there).map(({ path, here: a, there: b }) => `${path}: ${a} | ${b}`)).toEqual(expected);
  });

  it("only the first differences are told", () => {
    expect(differences([1, 2, 3], [4, 5, 6], 2)).toHaveLength(2);
  });
});
