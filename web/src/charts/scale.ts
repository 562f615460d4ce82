// From values to pixels and back, for the three kinds of axes, with the text of their ticks.
import type { Axis, Unit } from "@/api/types";
import { scaled } from "@/format/quantity";
import { unitScale } from "@/format/scale";
import { timeTick } from "@/format/time";
import { clockStep, logTicks, multiples, niceStep, timeTicks } from "./ticks";

export interface Tick {
  value: number;
  at: number;
  text: string;
}

export interface Scale {
  /** Pixels of a value; values outside land outside. */
  place: (value: number) => number;
  ticks: Tick[];
  /** The unit that all ticks share. */
  suffix: string;
}

/** The span of the values that an axis can show. A logarithm has no place for zero and below. */
export function extent(values: Iterable<number | null>, kind: Axis["scale"]): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value) || (kind === "log" && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/**
 * The vertical axis of quantities begins at zero, so that heights can be compared, and ends on a tick, so that the
 * topmost gridline has its number.
 */
export function fromZero(unit: Unit, [low, high]: [number, number], count: number): [number, number] {
  const [least, most] = low >= 0 ? [0, high > 0 ? high : 1] : [low, Math.max(high, 0)];
  const { factor } = unitScale(unit, Math.max(-least, most));
  const step = niceStep((most - least) / factor, count) * factor;
  return [least, Math.ceil(most / step - 1e-9) * step];
}

/** Zeros at the end of a fraction: ticks are round, and their figures need not show how exact they are. */
const TRAILING = /\.0+(?= |$)|(?<=\.\d*[1-9])0+(?= |$)/;

export function makeScale(axis: Axis, domain: [number, number], range: [number, number], count: number): Scale {
  if (axis.scale === "time") return timeScale(domain, range, count);
  return axis.scale === "log"
    ? logScale(axis.unit, domain, range, count)
    : linearScale(axis.unit, domain, range, count);
}

function line(domain: [number, number], range: [number, number]): (value: number) => number {
  const span = domain[1] - domain[0];
  if (span === 0) return () => (range[0] + range[1]) / 2;
  return (value) => range[0] + ((value - domain[0]) / span) * (range[1] - range[0]);
}

function linearScale(unit: Unit, [low, high]: [number, number], range: [number, number], count: number): Scale {
  const shown = unitScale(unit, Math.max(Math.abs(low), Math.abs(high)));
  const step = niceStep((high - low) / shown.factor, count) * shown.factor;
  const place = line([low, high], range);
  const ticks = multiples(low, high, step).map((value) => ({
    value,
    at: place(value),
    text: scaled(value, unit, shown).figures.replace(TRAILING, ""),
  }));
  return { place, ticks, suffix: shown.suffix };
}

function logScale(unit: Unit, [low, high]: [number, number], range: [number, number], count: number): Scale {
  const shown = unitScale(unit, Math.sqrt(low * high));
  const place = line([Math.log10(low), Math.log10(high)], range);
  const ticks = logTicks(low, high, count).map((value) => ({
    value,
    at: place(Math.log10(value)),
    text: scaled(value, unit, shown).figures.replace(TRAILING, ""),
  }));
  return { place: (value) => (value > 0 ? place(Math.log10(value)) : range[0]), ticks, suffix: shown.suffix };
}

function timeScale([low, high]: [number, number], range: [number, number], count: number): Scale {
  const step = clockStep(high - low, count);
  const place = line([low, high], range);
  const ticks = timeTicks(low, high, step).map((value) => ({ value, at: place(value), text: timeTick(value, step) }));
  return { place, ticks, suffix: "" };
}
