// Moments and spans of time.

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** The time of day, with seconds. */
export function clock(ms: number): string {
  return CLOCK.format(ms);
}

/** A tick of a time axis whose ticks are `step` milliseconds apart. */
export function timeTick(ms: number, step: number): string {
  if (step >= 86_400_000) return DAY.format(ms);
  return step >= 60_000 ? MINUTE.format(ms) : CLOCK.format(ms);
}

/** The day: `25 Nov 2026`. */
export function date(ms: number): string {
  return DATE.format(ms);
}

/** Date and time. */
export function moment(ms: number): string {
  return FULL.format(ms);
}

/** A span in its two largest parts: `3 d 4 h`, `2 min 5 s`. */
export function span(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, name]) => `${value} ${name}`)
    .join(" ");
}

/** How long ago a moment was. */
export function ago(ms: number, now: number): string {
  const seconds = (now - ms) / 1000;
  return seconds < 1 ? "just now" : `${span(seconds)} ago`;
}
