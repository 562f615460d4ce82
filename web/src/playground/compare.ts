// Whether two outputs are the same JSON, and if not, where they differ: by path, the first few, in words that people read.
import type { Json } from "./verify/json";

export interface Difference {
  /** Such as `nodes[3].val.value`; empty for the whole. */
  path: string;
  /** Compact JSON; `nothing` where the key or entry is absent. */
  here: string;
  there: string;
}

const SHOWN = 100;
const LENGTH = 120;

/** At most `limit` differences; none when both are the same. Keys in another order are no difference. */
export function differences(here: Json, there: Json, limit: number = SHOWN): Difference[] {
  const found: Difference[] = [];
  compare("", here, there, found, limit);
  return found;
}

function compare(path: string, here: Json | undefined, there: Json | undefined, found: Difference[], limit: number) {
  if (found.length >= limit || here === there) return;
  if (Array.isArray(here) && Array.isArray(there)) {
    for (let at = 0; at < Math.max(here.length, there.length); at += 1) {
      compare(`${path}[${at}]`, here[at], there[at], found, limit);
    }
  } else if (isRecord(here) && isRecord(there)) {
    for (const key of new Set([...Object.keys(here), ...Object.keys(there)])) {
      compare(path === "" ? key : `${path}.${key}`, here[key], there[key], found, limit);
    }
  } else {
    found.push({ path, here: shown(here), there: shown(there) });
  }
}

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text;
}
