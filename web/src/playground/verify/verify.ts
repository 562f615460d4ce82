// From bytes, bundle, expectation and the publisher's keys to a proof. The key is chosen by whom we asked, never by the
// bundle; nothing in the statement is read before its signature is good, and nothing in it counts before it names the
// package and version that were asked for.
import { digestOf } from "../digest";
import { parseBundle, signedBytes } from "./bundle";
import { rawSignature } from "./der";
import { TrustError } from "./error";
import { readKey, signed, type PublicKey } from "./key";
import { parseStatement, type Release } from "./statement";

/** A key that the registry knows of the publisher. */
export interface EnrolledKey {
  id: string;
  publicKey: string;
  revoked: boolean;
}

/** What somebody asked for. A good signature for something else is no answer to it. */
export interface Expected {
  name: string;
  version: string;
  kind: string;
  /** In any order. */
  grants: readonly string[];
}

/** A component that a key of its publisher vouches for. */
export interface Verified {
  release: Release;
  /** The identifier of the key. */
  signer: string;
}

export async function verify(
  component: Uint8Array<ArrayBuffer>,
  bundle: string | null,
  expected: Expected,
  keys: readonly EnrolledKey[],
): Promise<Verified> {
  if (bundle === null) {
    throw new TrustError(
      "no-bundle",
      `${expected.name} ${expected.version} has no signature; ask its publisher for the bundle`,
    );
  }
  const parsed = parseBundle(bundle);
  const key = await find(keys, parsed.key, parsed.hint);
  const signature = rawSignature(parsed.signature);
  if (signature === null || !(await signed(key, signedBytes(parsed.payload), signature))) {
    throw new TrustError(
      "bad-signature",
      `the signature was not made by the key ${key.id} over this statement; the bundle was altered or forged, so ` +
        "fetch it again from its publisher",
    );
  }
  const release = parseStatement(parsed.payload);
  same(release, expected);
  const found = await digestOf(component);
  if (found !== release.digest) {
    throw new TrustError(
      "digest",
      `the component has the digest ${found}, but ${release.digest} was signed; the file was altered or damaged, so ` +
        "fetch it again",
    );
  }
  return { release, signer: key.id };
}

async function find(keys: readonly EnrolledKey[], id: string | null, hint: string): Promise<PublicKey> {
  for (const enrolled of keys) {
    const key = await readKey(enrolled.publicKey);
    // The identifier is computed, not taken from who sent the key.
    if (key === null || key.id !== id) continue;
    if (!enrolled.revoked) return key;
    throw new TrustError(
      "revoked-key",
      `the key ${key.id} that signed this is revoked; ask the publisher for a release signed with a new key`,
    );
  }
  throw new TrustError(
    "unknown-key",
    `the publisher has no key that signed this (hint ${JSON.stringify(hint.slice(0, 64))}); ask them to enrol it, or ` +
      "for a release signed with a key that is",
  );
}

function same(release: Release, expected: Expected): void {
  if (release.name !== expected.name) {
    throw new TrustError(
      "other-name",
      `the bundle is for ${release.name}, not for ${expected.name}; was a bundle of another package put beside it?`,
    );
  }
  if (release.version !== expected.version) {
    throw new TrustError(
      "other-version",
      `the bundle is for version ${release.version}, not for ${expected.version}; ask for that version if it is the ` +
        "one you want",
    );
  }
  if (release.kind !== expected.kind) {
    throw new TrustError(
      "other-kind",
      `the registry lists this as ${expected.kind}, but its publisher signed it as ${release.kind}`,
    );
  }
  if (sorted(release.grants) !== sorted(expected.grants)) {
    throw new TrustError(
      "other-grants",
      "the registry lists other capabilities than its publisher signed: " +
        `${list(expected.grants)} instead of ${list(release.grants)}`,
    );
  }
}

function sorted(names: readonly string[]): string {
  return [...names].sort().join("\n");
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
