// A core module with its memories and tables held down: what a module declares as the most it may grow to is rewritten,
// since a browser has no other limit below four gigabytes. Nothing else of the module changes.
import { Unfit } from "../kind";
import { Reader, leb } from "./leb";

const PAGE = 65_536;
const TABLE = 4;
const MEMORY = 5;

export interface Bounds {
  memoryBytes: number;
  tableElements: number;
}

/** The module within bounds, and how many memories it has of its own. */
export function bounded(module: Uint8Array, bounds: Bounds): { module: Uint8Array<ArrayBuffer>; memories: number } {
  const reader = new Reader(module);
  const parts: Uint8Array[] = [reader.take(8)];
  let memories = 0;
  while (!reader.done) {
    const id = reader.byte();
    const body = reader.take(reader.u32());
    const section = new Reader(body);
    if (id === MEMORY) {
      memories = section.u32();
      const pages = Math.floor(bounds.memoryBytes / PAGE / Math.max(1, memories));
      const entries = repeat(memories, () => limits(section, pages, "pages of memory"));
      parts.push(...framed(id, [leb(memories), ...entries]));
    } else if (id === TABLE) {
      const tables = section.u32();
      const entries = repeat(tables, () => table(section, bounds.tableElements));
      parts.push(...framed(id, [leb(tables), ...entries]));
    } else {
      parts.push(Uint8Array.of(id), leb(body.length), body);
    }
  }
  return { module: join(parts), memories };
}

function table(section: Reader, most: number): Uint8Array {
  const type = section.byte();
  // `0x40` begins a table with an initial value, `0x63` and `0x64` a typed reference: compilers of plugins emit neither.
  if (type !== 0x70 && type !== 0x6f) throw new Unfit("The component has a table of a kind that is not run here.");
  return join([Uint8Array.of(type), limits(section, most, "elements of a table")]);
}

function limits(section: Reader, most: number, what: string): Uint8Array {
  const flags = section.byte();
  if (flags > 1) throw new Unfit("The component has a shared or 64-bit memory or table, which is not run here.");
  const initial = section.u32();
  const maximum = flags === 1 ? section.u32() : most;
  if (initial > most) throw new Unfit(`The component begins with ${initial} ${what}, and at most ${most} are allowed.`);
  return join([Uint8Array.of(1), leb(initial), leb(Math.max(initial, Math.min(maximum, most)))]);
}

function repeat<T>(count: number, make: () => T): T[] {
  const made: T[] = [];
  // A count beyond the section ends in the reader's refusal, not in an allocation.
  for (let at = 0; at < count; at += 1) made.push(make());
  return made;
}

function framed(id: number, parts: Uint8Array[]): Uint8Array[] {
  const body = join(parts);
  return [Uint8Array.of(id), leb(body.length), body];
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
