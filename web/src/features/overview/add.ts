// One reading of several models: the sum, as sure as its least sure part.
import type { Provenance, Reading } from "@/api/types";
import { sum } from "@/live/history";

const SURENESS: Provenance[] = ["measured", "estimated", "unavailable"];

export function addReadings(readings: readonly Reading[]): Reading {
  const value = sum(readings.map((reading) => reading.value ?? null));
  const least = Math.max(0, ...readings.map((reading) => SURENESS.indexOf(reading.provenance)));
  return { value, unit: readings[0]?.unit ?? "none", provenance: SURENESS[least] ?? "unavailable" };
}
