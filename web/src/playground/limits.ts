// How much a component may be and use in this browser: the limits of the server, as far as a browser has them. There is
// no fuel here; a deadline takes its place.
import type { Kind } from "./kind";

const KIB = 1024;
const MIB = 1024 * KIB;

export interface RunLimits {
  /** Bytes of linear memory. */
  memoryBytes: number;
  tableElements: number;
  /** Core instances that a component may be made of. */
  instances: number;
  /** Bytes that a component may hand over in one call as texts and lists of numbers. */
  transferBytes: number;
  log: { lines: number; lineBytes: number; bytes: number };
}

export const COMPONENT_BYTES = 8 * MIB;
/** How long transpiling may take. */
export const TRANSPILE_MS = 10_000;
/** How long a call may take, unless somebody chose otherwise. */
export const DEADLINE_MS = 1_000;

const BESIDE_STREAMS: RunLimits = {
  memoryBytes: 16 * MIB,
  tableElements: 10_000,
  instances: 64,
  transferBytes: 16 * MIB,
  log: { lines: 5, lineBytes: 500, bytes: 2 * KIB },
};

const LIMITS: Record<Kind, RunLimits> = {
  widget: BESIDE_STREAMS,
  analyzer: BESIDE_STREAMS,
  "optimization-pass": {
    ...BESIDE_STREAMS,
    memoryBytes: 64 * MIB,
    log: { lines: 100, lineBytes: 500, bytes: 16 * KIB },
  },
};

export function limitsOf(kind: Kind): RunLimits {
  return LIMITS[kind];
}
