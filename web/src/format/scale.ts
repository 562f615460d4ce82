// Which prefix a unit takes for values of a size: 0.0123 seconds are milliseconds. One scale serves a whole axis.
import type { Unit } from "@/api/types";

export interface UnitScale {
  /** What one of the shown unit is in the unit of the value. */
  factor: number;
  /** The name of the shown unit; empty where there is none. */
  suffix: string;
}

const STEPS: Partial<Record<Unit, [number, string][]>> = {
  seconds: [
    [3600, "h"],
    [60, "min"],
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
    [1e-9, "ns"],
  ],
  bytes: [
    [1024 ** 4, "TiB"],
    [1024 ** 3, "GiB"],
    [1024 ** 2, "MiB"],
    [1024, "KiB"],
    [1, "B"],
  ],
};

const FIXED: Record<Exclude<Unit, "seconds" | "bytes">, UnitScale> = {
  none: { factor: 1, suffix: "" },
  count: { factor: 1, suffix: "" },
  tokens: { factor: 1, suffix: "tokens" },
  requests: { factor: 1, suffix: "requests" },
  ratio: { factor: 0.01, suffix: "%" },
  "per-second": { factor: 1, suffix: "/s" },
};

/** The scale for values up to `largest`. */
export function unitScale(unit: Unit, largest: number): UnitScale {
  const steps = STEPS[unit];
  if (steps === undefined) return FIXED[unit as keyof typeof FIXED] ?? { factor: 1, suffix: "" };
  const size = Math.abs(largest);
  const base = unit === "seconds" ? "s" : "B";
  // Minutes begin at two of them: 90 seconds are better told in seconds.
  const fits = steps.find(([factor]) => size >= (factor >= 60 && unit === "seconds" ? 2 * factor : factor));
  const chosen = size === 0 ? steps.find(([, name]) => name === base) : (fits ?? steps.at(-1));
  return chosen === undefined ? { factor: 1, suffix: "" } : { factor: chosen[0], suffix: chosen[1] };
}
