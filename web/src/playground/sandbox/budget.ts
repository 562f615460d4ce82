// What a component may hand over in one call. The script around a component copies texts and lists of numbers out of
// its memory, each as long as the component says; a list of one megabyte that is named a thousand times would become a
// gigabyte here before anybody could look at it. So both ways of copying are counted.

export class TooMuchHandedOver extends Error {
  override name = "TooMuchHandedOver";
  constructor(limit: number) {
    super(`the component hands over more than ${limit} bytes in one call`);
  }
}

export class Budget {
  /** Between calls nothing is counted: what is copied then is ours. */
  private left = Infinity;
  private limit = Infinity;

  /** Runs a call within `limit`. */
  async during<T>(limit: number, call: () => Promise<T>): Promise<T> {
    this.limit = limit;
    this.left = limit;
    try {
      return await call();
    } finally {
      this.left = Infinity;
    }
  }

  spend(bytes: number): void {
    this.left -= bytes;
    if (this.left < 0) throw new TooMuchHandedOver(this.limit);
  }
}

/** Counts every decoded text and every copied buffer of this worker. Called once, before a component's script is loaded. */
export function meter(budget: Budget): void {
  const decode = TextDecoder.prototype.decode;
  TextDecoder.prototype.decode = function (this: TextDecoder, input, options) {
    if (input !== undefined && input !== null) budget.spend(input.byteLength);
    return decode.call(this, input, options);
  };
  const slice = ArrayBuffer.prototype.slice;
  ArrayBuffer.prototype.slice = function (this: ArrayBuffer, begin, end) {
    const from = Math.min(this.byteLength, Math.max(0, begin ?? 0));
    budget.spend(Math.max(0, Math.min(this.byteLength, end ?? this.byteLength) - from));
    return slice.call(this, begin, end);
  };
}
