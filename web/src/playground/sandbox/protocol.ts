// What the page and its workers say to one another. The transpiler is ours; what a component's worker says is believed
// no more than the component.
import type { Fault } from "../fault";
import type { Kind, RunInput } from "../kind";
import type { Json } from "../verify/json";
import type { LogLine } from "./log";

export interface CoreFile {
  name: string;
  bytes: Uint8Array;
}

/** A component, as script and core modules. */
export interface Transpiled {
  script: Uint8Array;
  modules: CoreFile[];
  imports: string[];
  exports: string[];
}

export interface TranspileRequest {
  bytes: Uint8Array;
}

export type TranspileReply =
  | { tag: "ready"; tookMs: number }
  | { tag: "transpiled"; transpiled: Transpiled; tookMs: number }
  | { tag: "refused"; reason: string };

/** Which of its functions to call. */
export type Call =
  | { tag: "settings-schema" }
  /** `settings` for a widget, nothing for an analyzer. */
  | { tag: "queries"; settings?: string }
  | { tag: "run"; input: RunInput };

export type ComponentRequest =
  { tag: "load"; script: Uint8Array; modules: CoreFile[]; kind: Kind; export: string } | { tag: "call"; call: Call };

export type ComponentReply =
  | { tag: "started" }
  | { tag: "loaded"; tookMs: number }
  /** A line for the log, said at once: of a component that is killed, it is all that is left. */
  | { tag: "wrote"; line: LogLine }
  | { tag: "done"; output: Json; dropped: number; instantiateMs: number; callMs: number }
  | { tag: "failed"; fault: Fault; dropped: number };
