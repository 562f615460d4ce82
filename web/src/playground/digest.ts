// The digest by which a component is known everywhere: on the server, in the registry, in a signature.
import { toHex } from "./bytes";

/** Browsers compute digests and check signatures on pages from https or from this machine only. */
export class NotSecure extends Error {
  override name = "NotSecure";
  constructor() {
    super(
      "This browser checks digests and signatures only on pages that come by https or from this machine. " +
        "Open the server under https or under localhost.",
    );
  }
}

/** The browser's cryptography. Throws where there is none. */
export function subtle(): SubtleCrypto {
  const found = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined;
  if (found === undefined) throw new NotSecure();
  return found;
}

/** `sha256:` and 64 hexadecimal digits. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${await sha256(bytes)}`;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await subtle().digest("SHA-256", bytes)));
}
