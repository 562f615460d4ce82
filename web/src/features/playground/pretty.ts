// JSON for people: indented, with lists of plain values on one line. A window of a metric is hundreds of numbers.

const INDENT = "  ";

export function pretty(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    if (value.every((entry) => typeof entry !== "object" || entry === null)) return JSON.stringify(value);
    return block(
      "[",
      value.map((entry) => pretty(entry, indent + INDENT)),
      "]",
      indent,
    );
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    const inline = entries.every(([, entry]) => typeof entry !== "object" || entry === null);
    if (inline)
      return `{ ${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${JSON.stringify(entry)}`).join(", ")} }`;
    return block(
      "{",
      entries.map(([key, entry]) => `${JSON.stringify(key)}: ${pretty(entry, indent + INDENT)}`),
      "}",
      indent,
    );
  }
  return JSON.stringify(value) ?? "null";
}

function block(open: string, parts: string[], close: string, indent: string): string {
  if (parts.length === 0) return open + close;
  return `${open}\n${parts.map((part) => indent + INDENT + part).join(",\n")}\n${indent}${close}`;
}
