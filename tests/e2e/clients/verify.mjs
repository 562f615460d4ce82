// Sigstore's own verifier for JavaScript on a bundle of ours: node verify.mjs BUNDLE PUBLIC_KEY_PEM
// Nothing of it is patched. Thresholds are zero because our bundles have neither log entry nor timestamp: the key alone
// is what they are judged by.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

const [bundlePath, keyPath] = process.argv.slice(2);
const publicKey = createPublicKey(readFileSync(keyPath));
const root = { mediaType: "", tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
const material = toTrustMaterial(root, () => ({ publicKey, validFor: () => true }));
const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
const verify = (json) => verifier.verify(toSignedEntity(bundleFromJSON(json)));

const bundle = JSON.parse(readFileSync(bundlePath, "utf8"));
verify(bundle);
const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString());

// It would have noticed: another version under the same signature.
const forged = structuredClone(bundle);
const other = { ...statement, predicate: { ...statement.predicate, version: "9.9.9" } };
forged.dsseEnvelope.payload = Buffer.from(JSON.stringify(other)).toString("base64");
let noticed = false;
try {
  verify(forged);
} catch (error) {
  noticed = error.code === "SIGNATURE_ERROR";
}
if (!noticed) throw new Error("a forged statement went through");
console.log(`${statement.predicate.name} ${statement.predicate.version} ${statement.subject[0].digest.sha256}`);
