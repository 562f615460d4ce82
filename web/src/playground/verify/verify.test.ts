// @vitest-environment node
// Verification against bundles that `inferno plugin sign` made, and against what may be done to them. The secret keys
// were thrown away. In Node, whose cryptography is that of browsers.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toBase64 } from "../bytes";
import { TrustError } from "./error";
import { verify, type EnrolledKey, type Expected } from "./verify";

const file = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const text = (name: string) => file(name).toString("utf8");
const CLOCK = new Uint8Array(file("clock.wasm"));
const GOOD = text("good.sigstore.json");
const WANTED: Expected = {
  name: "acme/clock",
  version: "0.1.0",
  kind: "widget",
  grants: ["metric:inferno_generation_tokens_total", "log"],
};
const ACME: EnrolledKey = { id: "not looked at", publicKey: text("acme.pub.pem"), revoked: false };
const OTHER: EnrolledKey = { id: ACME.id, publicKey: text("other.pub.pem"), revoked: false };

interface Case {
  bytes?: Uint8Array<ArrayBuffer>;
  bundle?: string | null;
  wanted?: Partial<Expected>;
  keys?: EnrolledKey[];
}

async function check({ bytes = CLOCK, bundle = GOOD, wanted = {}, keys = [OTHER, ACME] }: Case): Promise<string> {
  try {
    const { signer, release } = await verify(bytes, bundle, { ...WANTED, ...wanted }, keys);
    return `${release.name} ${release.version} by ${signer.slice(0, 8)}`;
  } catch (error) {
    if (error instanceof TrustError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** The good bundle with one thing changed. */
function changed(change: (bundle: Bundle) => void): string {
  const bundle = JSON.parse(GOOD) as Bundle;
  change(bundle);
  return JSON.stringify(bundle);
}

interface Bundle {
  mediaType: string;
  verificationMaterial: Record<string, unknown>;
  messageSignature?: unknown;
  dsseEnvelope?: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

function envelope(change: (envelope: NonNullable<Bundle["dsseEnvelope"]>) => void): string {
  return changed((bundle) => bundle.dsseEnvelope !== undefined && change(bundle.dsseEnvelope));
}

/** The bundle with a payload that says something else; its signature is the old one. */
function forged(replace: (statement: string) => string): string {
  return envelope((within) => {
    within.payload = toBase64(new TextEncoder().encode(replace(atob(within.payload))));
  });
}

const flipped = CLOCK.slice();
flipped[100] = (flipped[100] ?? 0) ^ 1;

describe("a component", () => {
  it("that its publisher signed is verified", async () => {
    expect(await check({})).toBe("acme/clock 0.1.0 by 4acc077d");
  });

  it.each<[string, Case, string]>([
    ["no bundle", { bundle: null }, "no-bundle: acme/clock 0.1.0 has no signature"],
    ["changed bytes", { bytes: flipped }, "digest: the component has the digest sha256:"],
    ["a stranger's key", { keys: [OTHER] }, 'unknown-key: the publisher has no key that signed this (hint "SswHf'],
    ["a key that is none", { keys: [{ ...ACME, publicKey: "nonsense" }] }, "unknown-key: "],
    ["a revoked key", { keys: [{ ...ACME, revoked: true }] }, "revoked-key: the key 4acc077d"],
    ["another name", { bundle: text("other-name.sigstore.json") }, "other-name: the bundle is for evil/clock, not for"],
    [
      "another version",
      { bundle: text("other-version.sigstore.json") },
      "other-version: the bundle is for version 0.2.0",
    ],
    [
      "other capabilities",
      { bundle: text("other-grants.sigstore.json") },
      "other-grants: the registry lists other capabilities than its publisher signed: metric:inferno_generation_tokens_total, log instead of metric:inferno_generation_tokens_total",
    ],
    ["another kind", { wanted: { kind: "analyzer" } }, "other-kind: the registry lists this as analyzer, but"],
    [
      "a forged statement",
      { bundle: forged((s) => s.replace('"0.1.0"', '"0.2.0"')), wanted: { version: "0.2.0" } },
      "bad-signature: ",
    ],
    [
      "another key's hint",
      {
        bundle: changed(
          (b) => (b.verificationMaterial = { publicKey: { hint: "/xHkWwI+dFN42Pz7mppG1hl3N2Td65gjoI5jynld7uQ=" } }),
        ),
      },
      "bad-signature: the signature was not made by the key ff11e45b",
    ],
    [
      "a signature of zeros",
      { bundle: envelope((e) => (e.signatures = [{ sig: "MAYCAQACAQA=" }])) },
      "bad-signature: ",
    ],
    [
      "no signature",
      { bundle: envelope((e) => (e.signatures = [])) },
      "bundle: the bundle has 0 signatures; exactly one",
    ],
    [
      "two signatures",
      { bundle: envelope((e) => e.signatures.push({ sig: "" })) },
      "bundle: the bundle has 2 signatures",
    ],
    [
      "a certificate",
      { bundle: changed((b) => (b.verificationMaterial = { certificate: {} })) },
      "bundle: the bundle names no public key",
    ],
    ["a blob's signature", { bundle: changed((b) => delete b.dsseEnvelope) }, "bundle: the bundle signs no statement"],
    [
      "both",
      { bundle: changed((b) => (b.messageSignature = {})) },
      "bundle: the bundle has a statement and a blob signature",
    ],
    [
      "an old bundle",
      { bundle: changed((b) => (b.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1")) },
      "bundle: the bundle has the media type",
    ],
    [
      "another payload",
      { bundle: envelope((e) => (e.payloadType = "text/plain")) },
      'bundle: the bundle\'s payload has the type "text/plain"',
    ],
    [
      "loose base64",
      { bundle: envelope((e) => (e.payload += "\n")) },
      "bundle: the bundle does not have the form of a sigstore bundle: `payload` is not base64",
    ],
    [
      "a key said twice",
      { bundle: GOOD.replace("{", '{"mediaType":"x",') },
      'bundle: the bundle cannot be read: the key "mediaType" is said twice',
    ],
    ["no JSON", { bundle: "<html>" }, "bundle: the bundle cannot be read: it is not valid JSON"],
    ["something huge", { bundle: " ".repeat(300_000) }, "bundle: the bundle has 300000 bytes; at most 262144 are read"],
  ])("with %s is refused", async (_name, wanted, expected) => {
    const found = await check(wanted);
    expect(found.slice(0, expected.length)).toBe(expected);
  });
});
