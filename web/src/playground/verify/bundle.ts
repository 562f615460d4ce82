// Sigstore bundles, version 0.3: one in-toto statement, one signature, the hint of one key. A bundle that parses is
// well-formed and nothing more. Words and order of the refusals are the server's.
import { fromBase64, toHex } from "../bytes";
import { quoted, TrustError } from "./error";
import { isObject, JsonDefect, parseJson, type Json, type JsonObject } from "./json";

/** The largest bundle that is read, in bytes. */
const MAX_BYTES = 262_144;
const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PAYLOAD_TYPE = "application/vnd.in-toto+json";

export interface Bundle {
  /** The identifier of the key that the bundle says signed it: a way to look one up, never a reason to trust it. */
  key: string | null;
  /** The hint as it is, for quoting it. */
  hint: string;
  payload: Uint8Array<ArrayBuffer>;
  /** DER. */
  signature: Uint8Array<ArrayBuffer>;
}

export function parseBundle(text: string): Bundle {
  const size = new TextEncoder().encode(text).length;
  if (size > MAX_BYTES) throw refused(`the bundle has ${size} bytes; at most ${MAX_BYTES} are read`);
  const value = read(text);
  if (!isObject(value)) throw misshapen("it is no object");
  if (value["mediaType"] !== MEDIA_TYPE) {
    throw refused(`the bundle has the media type ${quoted(value["mediaType"])}; sign again for \`${MEDIA_TYPE}\``);
  }
  const envelope = value["dsseEnvelope"];
  if (envelope === undefined) {
    throw refused(
      "the bundle signs no statement, so it does not say which package and version it is for; sign with " +
        "`inferno plugin sign`, not as a blob",
    );
  }
  if (value["messageSignature"] !== undefined) {
    throw refused("the bundle has a statement and a blob signature; it may have one of them only");
  }
  if (!isObject(envelope)) throw misshapen("`dsseEnvelope` is no object");
  return { ...content(envelope), ...hint(value["verificationMaterial"]) };
}

/** What is signed for a statement: its pre-authentication encoding (DSSE v1). */
export function signedBytes(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

function read(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonDefect) throw refused(`the bundle cannot be read: ${error.message}`);
    throw error;
  }
}

function content(envelope: JsonObject): Pick<Bundle, "payload" | "signature"> {
  if (envelope["payloadType"] !== PAYLOAD_TYPE) {
    throw refused(
      `the bundle's payload has the type ${quoted(envelope["payloadType"])}; \`${PAYLOAD_TYPE}\` is needed`,
    );
  }
  const signatures = Array.isArray(envelope["signatures"]) ? envelope["signatures"] : [];
  const [first] = signatures;
  if (signatures.length !== 1 || !isObject(first)) {
    throw refused(
      `the bundle has ${signatures.length} signatures; exactly one is needed, so that it is plain who signed`,
    );
  }
  return { payload: bytes(envelope["payload"], "payload"), signature: bytes(first["sig"], "sig") };
}

function hint(material: Json | undefined): Pick<Bundle, "hint" | "key"> {
  const named = isObject(material) ? material : {};
  const key = named["publicKey"];
  if (!isObject(key) || named["certificate"] !== undefined || named["x509CertificateChain"] !== undefined) {
    throw refused("the bundle names no public key; certificates cannot be judged yet, so sign with a key");
  }
  const words = typeof key["hint"] === "string" ? key["hint"] : "";
  const id = fromBase64(words);
  return { hint: words, key: id?.length === 32 ? toHex(id) : null };
}

function bytes(value: Json | undefined, field: string): Uint8Array<ArrayBuffer> {
  const decoded = typeof value === "string" ? fromBase64(value) : null;
  if (decoded === null) throw misshapen(`\`${field}\` is not base64`);
  return decoded;
}

function misshapen(reason: string): TrustError {
  return refused(`the bundle does not have the form of a sigstore bundle: ${reason}`);
}

function refused(message: string): TrustError {
  return new TrustError("bundle", message);
}
