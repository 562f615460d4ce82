// The lines that a component writes, as an operator may see them: cut, without control characters, and not more than the
// budget. The rest is counted.
import type { RunLimits } from "../limits";

export type LogLevel = "debug" | "info" | "warn";

export interface LogLine {
  level: LogLevel;
  message: string;
}

// Escape sequences, then what is invisible or moves text about.
const ESCAPES = /\u001b(?:\[[^@-~\u0080-\u{10ffff}]*.?|.)?/gsu;
const SPACES = /[\n\t\u2028\u2029]/g;
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

export class Log {
  dropped = 0;
  private linesLeft: number;
  private bytesLeft: number;

  constructor(
    private readonly limits: RunLimits["log"],
    private readonly admit: (line: LogLine) => void,
  ) {
    this.linesLeft = limits.lines;
    this.bytesLeft = limits.bytes;
  }

  write(level: LogLevel, message: string): void {
    if (this.linesLeft <= 0 || this.bytesLeft <= 0) {
      this.dropped += 1;
      return;
    }
    const shown = cut(message.replace(ESCAPES, "").replace(SPACES, " ").replace(HIDDEN, ""), this.limits.lineBytes);
    this.bytesLeft -= size(shown);
    this.linesLeft -= 1;
    this.admit({ level, message: shown });
  }
}

function size(text: string): number {
  return new TextEncoder().encode(text).length;
}

function cut(text: string, bytes: number): string {
  if (size(text) <= bytes) return text;
  let kept = "";
  let left = bytes - size("…");
  for (const character of text) {
    left -= size(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
