// What keys mean, and which page is the current one.
import { describe, expect, it } from "vitest";
import { isCurrent, PAGES } from "./nav";
import { commandOf, isTyping } from "./shortcuts";

describe("shortcuts", () => {
  it.each([
    ["g", null, "wait"],
    ["o", "g", { do: "go", href: "/" }],
    ["b", "g", { do: "go", href: "/board/" }],
    ["o", null, null],
    ["g", "g", "wait"],
    ["x", "g", null],
    ["?", null, { do: "help" }],
    ["t", null, { do: "theme" }],
  ])("%s after %s", (key, before, expected) => {
    expect(commandOf(key, before)).toEqual(expected);
  });

  it("every page has a key of its own, and none that means something else", () => {
    const keys = PAGES.map((page) => page.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain("g");
  });

  it("letters belong to fields", () => {
    expect(isTyping(document.createElement("textarea"))).toBe(true);
    expect(isTyping(document.createElement("button"))).toBe(false);
    expect(isTyping(null)).toBe(false);
  });
});

describe("the current page", () => {
  it.each([
    ["/", ["Overview"]],
    ["/models/", ["Models"]],
    ["/models", ["Models"]],
    ["/marketplace/package/", ["Marketplace"]],
    ["/nowhere/", []],
  ])("%s", (path, expected) => {
    expect(PAGES.filter((page) => isCurrent(page, path)).map((page) => page.name)).toEqual(expected);
  });
});
