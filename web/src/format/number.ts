// Numbers as people read them: three figures where precision ends, all figures where things are counted.

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Three significant figures, without trailing noise: 0.0123, 1.23, 45.7, 1,235. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 999.5) return GROUPED.format(value);
  if (size < 0.001) return value.toExponential(1).replace("e-", " × 10⁻").replace(/\d+$/, superscript);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  return value.toFixed(digits);
}

/** A count: whole below 10,000, then in thousands, millions, …. */
export function compact(value: number): string {
  const size = Math.abs(value);
  for (const [limit, name] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const) {
    if (size >= limit) return `${significant(value / (name === "k" ? 1e3 : limit))} ${name}`;
  }
  return Number.isInteger(value) ? GROUPED.format(value) : significant(value);
}

/** Every figure of a whole number, grouped. */
export function whole(value: number): string {
  return GROUPED.format(value);
}

function superscript(digits: string): string {
  return [...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}
