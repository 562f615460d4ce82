// Why a component is not trusted, as a stable code and in words that say what to do. The same reasons as the server's.

export type TrustCode =
  | "no-bundle"
  | "bundle"
  | "unknown-key"
  | "revoked-key"
  | "bad-signature"
  | "statement"
  | "other-name"
  | "other-version"
  | "other-kind"
  | "other-grants"
  | "digest";

export class TrustError extends Error {
  override name = "TrustError";
  constructor(
    readonly code: TrustCode,
    message: string,
  ) {
    super(message);
  }
}

/** The beginning of a text from outside, for quoting it. */
export function quoted(text: unknown): string {
  const words = typeof text === "string" ? text : "";
  return JSON.stringify([...words].slice(0, 100).join(""));
}
