// A value with its unit, as text and as its two parts.
import type { Unit } from "@/api/types";
import { compact, significant } from "./number";
import { unitScale, type UnitScale } from "./scale";

export interface Quantity {
  /** The figures; an en dash where there is no value. */
  figures: string;
  suffix: string;
}

/** What stands for a value that nobody has. */
export const NOTHING = "–";

function counted(unit: Unit): boolean {
  return unit === "count" || unit === "tokens" || unit === "requests" || unit === "none";
}

/** The parts of a value, in the prefix that fits it. */
export function quantity(value: number | null | undefined, unit: Unit): Quantity {
  if (value === null || value === undefined || !Number.isFinite(value)) return { figures: NOTHING, suffix: "" };
  return scaled(value, unit, unitScale(unit, value));
}

/** The parts of a value in a given scale: all ticks of an axis take the same. */
export function scaled(value: number, unit: Unit, { factor, suffix }: UnitScale): Quantity {
  const shown = value / factor;
  const figures = counted(unit) || unit === "per-second" ? compact(shown) : significant(shown);
  // One of a thing has no plural.
  return { figures, suffix: figures === "1" ? suffix.replace(/^(token|request)s$/, "$1") : suffix };
}

/** Both parts as one text. */
export function text(value: number | null | undefined, unit: Unit): string {
  return join(quantity(value, unit));
}

export function join({ figures, suffix }: Quantity): string {
  return suffix === "" ? figures : `${figures} ${suffix}`;
}
