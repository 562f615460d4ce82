// JSON for people is still the same JSON.
import { describe, expect, it } from "vitest";
import { pretty } from "./pretty";

describe("pretty", () => {
  it.each([
    [null],
    [1],
    ["a\nb"],
    [[]],
    [{}],
    [[1, "a", null]],
    [{ a: 1, b: [1, 2], c: { d: "x", e: [{ f: 1 }, []] } }],
  ])("%j is the same", (value) => {
    expect(JSON.parse(pretty(value))).toEqual(value);
  });

  it("keeps lists of numbers on one line", () => {
    expect(pretty({ times: [1, 2], series: [{ a: 'b,"c":', d: null }] })).toBe(
      '{\n  "times": [1,2],\n  "series": [\n    { "a": "b,\\"c\\":", "d": null }\n  ]\n}',
    );
  });
});
