// P-256 public keys as PEM, and their identifier: the SHA-256 of the key's DER. Nothing in a bundle chooses the
// algorithm.
import { fromBase64 } from "../bytes";
import { sha256, subtle } from "../digest";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const PEM = /^-----BEGIN PUBLIC KEY-----\n((?:[A-Za-z0-9+/=]{1,76}\n)+)-----END PUBLIC KEY-----\n?$/;

export interface PublicKey {
  /** 64 hexadecimal digits. */
  id: string;
  key: CryptoKey;
}

/** Reads a `PUBLIC KEY` block; `null` when it is none, or of another algorithm. */
export async function readKey(pem: string): Promise<PublicKey | null> {
  const body = PEM.exec(pem.replaceAll("\r\n", "\n").trim() + "\n")?.[1];
  const der = body === undefined ? null : fromBase64(body.replaceAll("\n", ""));
  if (der === null) return null;
  try {
    const key = await subtle().importKey("spki", der, ALGORITHM, false, ["verify"]);
    return { id: await sha256(der), key };
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** Whether `signature`, 64 bytes, is one of this key over `message`. */
export async function signed(
  key: PublicKey,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return await subtle().verify({ name: "ECDSA", hash: "SHA-256" }, key.key, signature, message);
}
