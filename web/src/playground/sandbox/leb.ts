// The few forms of which a WebAssembly module is made: bytes, and whole numbers in LEB128.
import { Unfit } from "../kind";

const CUT = "The component is cut off, or a part of it is longer than the whole.";

export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new Unfit(CUT);
    this.at += 1;
    return byte;
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new Unfit(CUT);
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new Unfit("The component has a number of more than 32 bits where none may be.");
  }
}

export function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}
