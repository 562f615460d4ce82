// What holds a component down, without a worker: the pure parts of the sandbox.
import { describe, expect, it } from "vitest";
import { Unfit } from "../kind";
import { bounded } from "./bounded";
import { Budget, TooMuchHandedOver } from "./budget";
import { leb } from "./leb";
import { Log } from "./log";
import { refuseNamesThatAreScript } from "./names";
import { framesIn, jsonOut, optionsIn } from "./values";

const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const BOUNDS = { memoryBytes: 16 * 65_536, tableElements: 300 };
const section = (id: number, ...body: number[]) => [id, ...leb(body.length), ...body];
const module = (...sections: number[][]) => Uint8Array.from([...HEAD, ...sections.flat()]);

describe("memories and tables", () => {
  const check = (bytes: Uint8Array) => {
    try {
      const within = bounded(bytes, BOUNDS);
      return [within.memories, ...within.module.subarray(8)].join(" ");
    } catch (error) {
      if (error instanceof Unfit) return error.message;
      throw error;
    }
  };
  it.each<[string, Uint8Array, string]>([
    ["no limit", module(section(5, 1, 0, 2)), "1 5 4 1 1 2 16"],
    ["a higher limit", module(section(5, 1, 1, 2, 0x80, 0x80, 4)), "1 5 4 1 1 2 16"],
    ["a lower limit", module(section(5, 1, 1, 2, 3)), "1 5 4 1 1 2 3"],
    ["two memories share", module(section(5, 2, 0, 1, 0, 1)), "2 5 7 2 1 1 8 1 1 8"],
    ["a table", module(section(4, 1, 0x70, 0, 5)), "0 4 6 1 112 1 5 172 2"],
    ["other sections", module(section(0, 1, 120), section(5, 1, 0, 1)), "1 0 2 1 120 5 4 1 1 1 16"],
    [
      "a large beginning",
      module(section(5, 1, 0, 17)),
      "The component begins with 17 pages of memory, and at most 16 are allowed.",
    ],
    [
      "a shared memory",
      module(section(5, 1, 3, 1, 2)),
      "The component has a shared or 64-bit memory or table, which is not run here.",
    ],
    [
      "a 64-bit memory",
      module(section(5, 1, 4, 1)),
      "The component has a shared or 64-bit memory or table, which is not run here.",
    ],
    [
      "an odd table",
      module(section(4, 1, 0x40, 0, 0x70, 0, 5)),
      "The component has a table of a kind that is not run here.",
    ],
    [
      "a million memories",
      module(section(5, ...leb(1_000_000), 0, 1)),
      "The component begins with 1 pages of memory, and at most 0 are allowed.",
    ],
    [
      "a cut section",
      Uint8Array.from([...HEAD, 5, 9, 1]),
      "The component is cut off, or a part of it is longer than the whole.",
    ],
  ])("with %s", (_name, bytes, expected) => {
    expect(check(bytes)).toBe(expected);
  });

  it("grow no further, by the engine's own count", async () => {
    const memory = module(section(5, 1, 0, 1), section(7, 1, 1, 109, 2, 0));
    const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(bounded(memory, BOUNDS).module));
    const grown = exports["m"] as WebAssembly.Memory;
    grown.grow(15);
    expect(() => grown.grow(1)).toThrow(RangeError);
  });
});

describe("names that become script", () => {
  const exporting = (name: string) => {
    const bytes = new TextEncoder().encode(name);
    return new WebAssembly.Module(module(section(5, 1, 0, 1), section(7, 1, bytes.length, ...bytes, 2, 0)));
  };
  it.each(["memory", "cabi_post_inferno:plugin/pass@0.1.0#apply", "$imports", "[method]a.b", ""])(
    "%j is harmless",
    (name) => {
      expect(() => refuseNamesThatAreScript(exporting(name))).not.toThrow();
    },
  );
  it.each(["x'+alert()+'", "a\nb", "a`", 'a"', "a\\", "é"])("%j is refused", (name) => {
    expect(() => refuseNamesThatAreScript(exporting(name))).toThrow(Unfit);
  });
});

describe("the log", () => {
  it("is cut and cleaned, and counts what it drops", () => {
    const lines: string[] = [];
    const log = new Log({ lines: 3, lineBytes: 8, bytes: 100 }, (line) => lines.push(line.message));
    for (const line of ["\u001b[31mred\u001b[0m\u202e!", "äääääää", "a\nb", "more"]) log.write("info", line);
    expect(lines).toEqual(["red!", "ää…", "a b"]);
    expect(log.dropped).toBe(1);
  });

  it("ends with its bytes", () => {
    const lines: string[] = [];
    const log = new Log({ lines: 9, lineBytes: 8, bytes: 5 }, (line) => lines.push(line.message));
    for (const line of ["abc", "def", "ghi"]) log.write("info", line);
    expect(lines).toEqual(["abc", "def"]);
  });
});

describe("the budget", () => {
  it("counts during a call, and only then", async () => {
    const budget = new Budget();
    budget.spend(1e9);
    await budget.during(10, async () => budget.spend(10));
    await expect(budget.during(10, async () => budget.spend(11))).rejects.toThrow(TooMuchHandedOver);
    budget.spend(1e9);
  });
});

describe("values", () => {
  it("become JSON as the server writes it", () => {
    const value = { a: Uint32Array.of(1, 2), b: [Number.NaN, Infinity, 1.5], c: undefined, d: { tag: "silu" }, e: 3n };
    expect(jsonOut(value)).toEqual({ a: [1, 2], b: [null, null, 1.5], d: { tag: "silu" }, e: 3 });
  });

  it("of frames have NaN where JSON has null", () => {
    const series = [{ labels: [], values: [null] }];
    const [taken] = framesIn([{ metric: "m", unit: "none", provenance: "measured", times: [1], series }]);
    expect(taken?.series[0]?.values).toEqual([Number.NaN]);
  });

  it("of graphs have no options that are null", () => {
    expect(optionsIn({ nodes: [{ op: { tag: "attention", val: { window: null, heads: 1 } } }] })).toEqual({
      nodes: [{ op: { tag: "attention", val: { heads: 1 } } }],
    });
  });
});
