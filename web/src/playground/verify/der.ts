// ECDSA signatures: from the DER that sigstore bundles carry to the two numbers that browsers take.
// Strict: one encoding per signature, as on the server.

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Bytes of a number of P-256. */
const WIDTH = 32;

/** `r` and `s`, 32 bytes each; `null` when `der` is not exactly that. */
export function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> | null {
  // Both numbers have at most 33 bytes, so every length is one byte.
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return null;
  const r = integer(der, 2);
  if (r === null) return null;
  const s = integer(der, r.end);
  if (s === null || s.end !== der.length) return null;
  const raw = new Uint8Array(2 * WIDTH);
  raw.set(r.digits, WIDTH - r.digits.length);
  raw.set(s.digits, 2 * WIDTH - s.digits.length);
  return raw;
}

function integer(der: Uint8Array, at: number): { digits: Uint8Array; end: number } | null {
  const length = der[at + 1];
  if (der[at] !== INTEGER || length === undefined || length === 0) return null;
  const end = at + 2 + length;
  if (end > der.length) return null;
  const bytes = der.subarray(at + 2, end);
  const [first = 0, second = 0] = bytes;
  // Negative, or with a leading zero that no sign bit asks for.
  if (first >= 0x80 || (first === 0 && second < 0x80)) return null;
  const digits = first === 0 ? bytes.subarray(1) : bytes;
  return digits.length > WIDTH ? null : { digits, end };
}
