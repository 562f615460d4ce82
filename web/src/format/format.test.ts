// How values are written, as cases.
import { describe, expect, it } from "vitest";
import type { Unit } from "@/api/types";
import { compact, significant } from "./number";
import { text } from "./quantity";
import { ago, span } from "./time";

describe("values with a unit", () => {
  it.each<[number | null, Unit, string]>([
    [null, "seconds", "–"],
    [Number.NaN, "bytes", "–"],
    [0, "seconds", "0 s"],
    [0.0000005, "seconds", "500 ns"],
    [0.0000123, "seconds", "12.3 µs"],
    [0.01234, "seconds", "12.3 ms"],
    [1.5, "seconds", "1.50 s"],
    [90, "seconds", "90.0 s"],
    [600, "seconds", "10.0 min"],
    [0, "bytes", "0 B"],
    [1536, "bytes", "1.50 KiB"],
    [3.2e9, "bytes", "2.98 GiB"],
    [0.421, "ratio", "42.1 %"],
    [1, "ratio", "100 %"],
    [45.678, "per-second", "45.7 /s"],
    [12_345, "tokens", "12.3 k tokens"],
    [1_234, "requests", "1,234 requests"],
    [1, "requests", "1 request"],
    [3, "count", "3"],
    [0.5, "none", "0.500"],
  ])("%s %s is %s", (value, unit, expected) => {
    expect(text(value, unit)).toBe(expected);
  });
});

describe("numbers", () => {
  it.each<[number, string]>([
    [0, "0"],
    [-2.345, "-2.35"],
    [999.7, "1,000"],
    [99.97, "100"],
    [0.00001234, "1.2 × 10⁻⁵"],
  ])("%s has three figures: %s", (value, expected) => {
    expect(significant(value)).toBe(expected);
  });

  it.each<[number, string]>([
    [9_999, "9,999"],
    [10_000, "10.0 k"],
    [2_500_000, "2.50 M"],
    [135_000_000, "135 M"],
    [7e9, "7.00 G"],
  ])("%s is counted as %s", (value, expected) => {
    expect(compact(value)).toBe(expected);
  });
});

describe("spans", () => {
  it.each<[number, string]>([
    [0.2, "less than 1 s"],
    [59, "59 s"],
    [60, "1 min"],
    [125, "2 min 5 s"],
    [3_600, "1 h"],
    [90_061, "1 d 1 h"],
  ])("%s seconds are %s", (seconds, expected) => {
    expect(span(seconds)).toBe(expected);
  });

  it("a moment lies behind", () => {
    expect(ago(1_000, 1_200)).toBe("just now");
    expect(ago(1_000, 6_000)).toBe("5 s ago");
  });
});
