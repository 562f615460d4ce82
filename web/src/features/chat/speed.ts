// How fast an answer came, by this browser's clock: so with the network and with whatever else this computer did.

export interface Speed {
  /** From sending the request to the first piece of text, in seconds. */
  firstToken: number | null;
  /** Between the first piece and the last. */
  tokensPerSecond: number | null;
  /** How many tokens the answer has. */
  tokens: number;
  /** Whether the server counted the tokens. Otherwise each piece of the stream was taken for one. */
  counted: boolean;
}

export class Stopwatch {
  private first: number | null = null;
  private last: number | null = null;
  private pieces = 0;
  private counted: number | null = null;

  constructor(private readonly sent: number) {}

  piece(now: number): void {
    this.first ??= now;
    this.last = now;
    this.pieces += 1;
  }

  /** The server's count, at the end of the stream. */
  count(tokens: number): void {
    this.counted = tokens;
  }

  read(): Speed {
    const tokens = this.counted ?? this.pieces;
    const seconds = this.first === null || this.last === null ? 0 : (this.last - this.first) / 1000;
    return {
      firstToken: this.first === null ? null : (this.first - this.sent) / 1000,
      // The first token came at the start of the span, so it is not one of those that came within it.
      tokensPerSecond: seconds > 0 && tokens > 1 ? (tokens - 1) / seconds : null,
      tokens,
      counted: this.counted !== null,
    };
  }
}
