// The parts of verification that read bytes from outside.
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes";
import { rawSignature } from "./der";
import { JsonDefect, parseJson } from "./json";
import { parseStatement } from "./statement";

describe("a DER signature", () => {
  const numbers = (...bytes: number[]) => Uint8Array.from([0x30, bytes.length, ...bytes]);
  const raw = (der: Uint8Array) => {
    const found = rawSignature(der);
    return found === null ? null : toHex(found).replaceAll(/0{20,}/g, "…");
  };
  it.each<[string, Uint8Array, string | null]>([
    ["small numbers", numbers(2, 1, 1, 2, 1, 127), "…1…7f"],
    ["a sign byte", numbers(2, 2, 0, 0x81, 2, 1, 1), "…81…1"],
    ["a needless zero", numbers(2, 2, 0, 1, 2, 1, 1), null],
    ["a negative number", numbers(2, 1, 0x80, 2, 1, 1), null],
    ["an empty number", numbers(2, 0, 2, 1, 1), null],
    ["33 digits", numbers(2, 33, ...new Array<number>(33).fill(1), 2, 1, 1), null],
    ["one number", numbers(2, 1, 1), null],
    ["three numbers", numbers(2, 1, 1, 2, 1, 1, 2, 1, 1), null],
    ["bytes after it", Uint8Array.from([...numbers(2, 1, 1, 2, 1, 1), 0]), null],
    ["a number past the end", numbers(2, 1, 1, 2, 9, 1), null],
    ["nothing", new Uint8Array(), null],
  ])("with %s", (_name, der, expected) => {
    expect(raw(der)).toBe(expected);
  });
});

describe("JSON", () => {
  it.each([
    ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}', "fine"],
    ['{"a":"{\\"a\\":1,","b":"\\\\"}', "fine"],
    ["[1,2,3]", "fine"],
    ['"a"', "fine"],
    ['{"a":1,"a":2}', 'the key "a" is said twice; each key may be said once'],
    ['{"b":[{"a":1 , "\\u0061" : 2}]}', 'the key "a" is said twice; each key may be said once'],
    ["[".repeat(200) + "]".repeat(200), "it is nested deeper than 128 levels"],
    ["{", "it is not valid JSON"],
  ])("%s", (text, expected) => {
    let found = "fine";
    try {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof JsonDefect)) throw error;
      found = error.message;
    }
    expect(found.slice(0, expected.length)).toBe(expected);
  });
});

describe("a statement", () => {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "a/b", digest: { sha256: "0".repeat(64) } }],
    predicateType: "urn:inferno:package-release:v1",
    predicate: { name: "a/b", version: "1.0.0", kind: "widget", grants: [] },
  };
  const check = (changed: object) => {
    try {
      return parseStatement(new TextEncoder().encode(JSON.stringify({ ...statement, ...changed }))).name;
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  it.each<[object, string]>([
    [{}, "a/b"],
    [{ _type: "x" }, 'the signed statement has the type "x"'],
    [{ predicateType: "slsa" }, 'the signed statement is about "slsa"'],
    [{ subject: [] }, "the signed statement has 0 subjects"],
    [{ subject: [...statement.subject, ...statement.subject] }, "the signed statement has 2 subjects"],
    [
      { predicate: { ...statement.predicate, name: "a/c" } },
      "the signed statement calls the component a/b and then a/c",
    ],
    [
      { predicate: { ...statement.predicate, more: 1 } },
      "the signed statement is not a release as this version knows it",
    ],
    [{ extra: 1 }, "the signed statement is not a release as this version knows it"],
  ])("%j", (changed, expected) => {
    expect(check(changed).slice(0, expected.length)).toBe(expected);
  });
});
