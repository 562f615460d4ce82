// The kinds of component, and how one is told from another: by what it imports and exports, which is all that a
// component says of itself. Refuses what no server would load either.
import type { components } from "@/api/generated";

export type RunInput = components["schemas"]["RunInput"];
export type Kind = RunInput["tag"];

export interface World {
  kind: Kind;
  /** The export that does the work. */
  export: string;
  /** The interfaces of `inferno:plugin` that it may import. Only `log` has functions; the others are types. */
  imports: readonly string[];
}

const WORLDS: readonly World[] = [
  { kind: "optimization-pass", export: "inferno:plugin/pass@0.1.0", imports: ["log@0.1.0", "graph@0.1.0"] },
  { kind: "widget", export: "inferno:plugin/panel@0.2.0", imports: ["log@0.2.0", "metrics@0.2.0", "view@0.2.0"] },
  { kind: "analyzer", export: "inferno:plugin/analysis@0.2.0", imports: ["log@0.2.0", "metrics@0.2.0"] },
];

export const KIND_NAMES: Record<Kind, string> = {
  widget: "Widget",
  analyzer: "Analyzer",
  "optimization-pass": "Optimization pass",
};

export function isKind(name: string): name is Kind {
  return name in KIND_NAMES;
}

/** A component that cannot be run here, whoever made it. */
export class Unfit extends Error {
  override name = "Unfit";
}

/** What else was handed in, told from the first bytes; nothing for a component. */
export function refuseOtherFiles(bytes: Uint8Array): void {
  const starts = (...prefix: number[]) => prefix.every((byte, at) => bytes[at] === byte);
  if (starts(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)) return;
  let found = "something that is not WebAssembly";
  if (bytes.length === 0) found = "an empty file";
  else if (starts(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) found = "a core module";
  else if (starts(0, 0x61, 0x73, 0x6d)) found = "WebAssembly of an unknown version";
  else if (starts(0x1f, 0x8b)) found = "gzip data";
  else if (starts(0x50, 0x4b, 3, 4)) found = "a zip archive";
  else if (starts(0x7f, 0x45, 0x4c, 0x46)) found = "native code";
  throw new Unfit(`This is ${found}, not a WebAssembly component. \`inferno plugin build\` makes one.`);
}

/** The world that a component is made for. */
export function worldOf(imports: readonly string[], exports: readonly string[]): World {
  const world = WORLDS.find((candidate) => exports.includes(candidate.export));
  if (world === undefined) {
    const known = WORLDS.map((candidate) => candidate.export).join(", ");
    throw new Unfit(`The component exports none of ${known}; it is no plugin of a kind that is known here.`);
  }
  // The transpiler leaves versions and types out of imports, and gives exports a short name beside the long one.
  const allowed = world.imports.map((name) => `inferno:plugin/${name}`);
  const foreign = imports.find((name) => name !== "inferno:plugin/log" && !allowed.includes(name));
  if (foreign !== undefined) {
    throw new Unfit(
      `The component imports ${JSON.stringify(foreign)}; a plugin imports inferno:plugin/log or nothing.`,
    );
  }
  const short = world.export.replace(/^.*\/|@.*$/g, "");
  const other = exports.find((name) => name !== world.export && name !== short);
  if (other !== undefined) {
    throw new Unfit(`The component also exports ${JSON.stringify(other)}; a plugin exports ${world.export} only.`);
  }
  return world;
}
