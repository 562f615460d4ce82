// From schemas to fields, and which values fit them.
import { describe, expect, it } from "vitest";
import { fieldsOf, problemOf, valuesOf } from "./schema";

const SCHEMA = {
  type: "object",
  properties: {
    window: { title: "Window", enum: ["1m", "5m"], default: "5m" },
    prompt: { title: "Prompt tokens", type: "boolean", default: true },
    bars: { title: "Bars", type: "integer", minimum: 1, maximum: 10, default: 4 },
    model: { title: "Model", description: "Empty: all", type: "string", default: "", maxLength: 5 },
    odd: { type: "array" },
  },
};

describe("the fields of a schema", () => {
  it("are those that the contract knows", () => {
    expect(fieldsOf(SCHEMA).map(({ name, kind, initial }) => [name, kind, initial])).toEqual([
      ["window", "choice", "5m"],
      ["prompt", "boolean", true],
      ["bars", "number", 4],
      ["model", "text", ""],
    ]);
    for (const none of [null, 1, [], {}, { properties: 1 }]) expect(fieldsOf(none)).toEqual([]);
  });

  it("start with what was set, where it fits", () => {
    const fields = fieldsOf(SCHEMA);
    const set = { window: "1m", prompt: "yes", bars: 11, model: "abc", other: 1 };
    expect(valuesOf(fields, set)).toEqual({ window: "1m", prompt: true, bars: 4, model: "abc" });
  });
});

describe("a value", () => {
  const check = (name: string, value: unknown) => {
    const field = fieldsOf(SCHEMA).find((each) => each.name === name);
    return field === undefined ? "no field" : (problemOf(field, value) ?? "fine");
  };
  it.each([
    ["window", "1m", "fine"],
    ["window", "1h", "Choose one of 1m, 5m."],
    ["prompt", 1, "Choose yes or no."],
    ["bars", 1.5, "Enter a whole number."],
    ["bars", 0, "Enter 1 or more."],
    ["bars", 11, "Enter 10 or less."],
    ["bars", Number.NaN, "Enter a number."],
    ["model", "abcdef", "Enter at most 5 characters."],
    ["model", "abc", "fine"],
  ])("of %s that is %s: %s", (name, value, expected) => {
    expect(check(name, value)).toBe(expected);
  });
});
