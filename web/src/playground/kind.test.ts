// Which components are of which kind, and which are of none.
import { describe, expect, it } from "vitest";
import { refuseOtherFiles, worldOf } from "./kind";

const LOG = "inferno:plugin/log";

function check(imports: string[], exports: string[]): string {
  try {
    return worldOf(imports, exports).kind;
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a component", () => {
  it.each<[string[], string[], string]>([
    [[LOG], ["panel", "inferno:plugin/panel@0.2.0"], "widget"],
    [[], ["inferno:plugin/analysis@0.2.0"], "analyzer"],
    [
      ["inferno:plugin/log@0.1.0", "inferno:plugin/graph@0.1.0"],
      ["pass", "inferno:plugin/pass@0.1.0"],
      "optimization-pass",
    ],
    [
      ["wasi:random/random"],
      ["inferno:plugin/panel@0.2.0"],
      'The component imports "wasi:random/random"; a plugin imports inferno:plugin/log or nothing.',
    ],
    [
      [LOG],
      ["inferno:plugin/panel@0.2.0", "x'y"],
      'The component also exports "x\'y"; a plugin exports inferno:plugin/panel@0.2.0 only.',
    ],
    [[LOG], ["inferno:plugin/panel@9.0.0"], "The component exports none of inferno:plugin/pass@0.1.0,"],
  ])("that imports %j and exports %j", (imports, exports, expected) => {
    expect(check(imports, exports).slice(0, expected.length)).toBe(expected);
  });
});

describe("a file", () => {
  const magic = [0, 0x61, 0x73, 0x6d];
  it.each<[number[], string]>([
    [[...magic, 0x0d, 0, 1, 0, 0], "fine"],
    [[...magic, 1, 0, 0, 0], "a core module"],
    [[...magic, 9], "WebAssembly of an unknown version"],
    [[], "an empty file"],
    [[0x1f, 0x8b], "gzip data"],
    [[60, 104], "something that is not WebAssembly"],
  ])("that begins with %j", (bytes, expected) => {
    let found = "fine";
    try {
      refuseOtherFiles(Uint8Array.from(bytes));
    } catch (error) {
      found = error instanceof Error ? error.message : "";
    }
    expect(found).toContain(expected);
  });
});
