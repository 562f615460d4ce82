// Where the ticks of an axis stand: round numbers in the unit that is shown, whole steps of a clock, or decades.

/** 1, 2 or 5 times a power of ten, so that about `count` steps fill `span`. */
export function niceStep(span: number, count: number): number {
  if (!(span > 0)) return 1;
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const part = rough / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

/** Multiples of `step` within [low, high], free of rounding dust. */
export function multiples(low: number, high: number, step: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  for (let at = first; at <= last && ticks.length < 100; at += 1) ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}

const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** A step of a clock in milliseconds, so that at most `count` steps fill `span`. */
export function clockStep(span: number, count: number): number {
  const enough = span / Math.max(1, count) / 1000;
  return (CLOCK_STEPS.find((step) => step >= enough) ?? 86_400 * Math.ceil(enough / 86_400)) * 1000;
}

/** Times of day that are whole in the reader's time zone. */
export function timeTicks(low: number, high: number, step: number): number[] {
  const zone = new Date(low).getTimezoneOffset() * 60_000;
  return multiples(low - zone, high - zone, step).map((tick) => tick + zone);
}

/** Powers of ten within [low, high]; with 2 and 5 between when there are few, every n-th when there are many. */
export function logTicks(low: number, high: number, count: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = last - first;
  const between = decades <= 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += every) {
    for (const part of between) {
      const tick = Number((part * 10 ** power).toPrecision(6));
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}
