// The in-toto statement that is signed: which component is which release. Refuses statements of another type, and those
// that say more than we understand: a new field is a new predicate type.
import { z } from "@/lib/zod";
import { quoted, TrustError } from "./error";
import { isObject, JsonDefect, parseJson, type Json } from "./json";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "urn:inferno:package-release:v1";

export interface Release {
  name: string;
  version: string;
  kind: string;
  /** What it asks for: `log`, `metric:NAME`. */
  grants: string[];
  /** `sha256:` and the digits. */
  digest: string;
}

const SHAPE = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([
    z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }),
  ]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    name: z.string(),
    version: z.string(),
    kind: z.string(),
    grants: z.array(z.string()),
  }),
});

export function parseStatement(payload: Uint8Array): Release {
  const value = read(payload);
  const text = (key: string) => (isObject(value) ? value[key] : undefined);
  if (text("_type") !== STATEMENT_TYPE) {
    throw refused(`the signed statement has the type ${quoted(text("_type"))}; \`${STATEMENT_TYPE}\` is needed`);
  }
  if (text("predicateType") !== PREDICATE_TYPE) {
    throw refused(
      `the signed statement is about ${quoted(text("predicateType"))}; only \`${PREDICATE_TYPE}\` says that a ` +
        "component may be installed",
    );
  }
  const subjects = text("subject");
  const count = Array.isArray(subjects) ? subjects.length : 0;
  if (count !== 1) {
    throw refused(`the signed statement has ${count} subjects; a release is one component, so one is needed`);
  }
  const parsed = SHAPE.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join(".") ?? "";
    throw refused(`the signed statement is not a release as this version knows it: ${place}: ${issue?.message ?? ""}`);
  }
  const { subject, predicate } = parsed.data;
  if (subject[0].name !== predicate.name) {
    throw refused(
      `the signed statement calls the component ${subject[0].name} and then ${predicate.name}; ask its publisher to ` +
        "sign again",
    );
  }
  return { ...predicate, digest: `sha256:${subject[0].digest.sha256}` };
}

function read(payload: Uint8Array): Json {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload));
  } catch (error) {
    if (error instanceof JsonDefect) throw refused(`the signed statement cannot be read: ${error.message}`);
    if (error instanceof TypeError) throw refused("the signed statement cannot be read: it is not UTF-8");
    throw error;
  }
}

function refused(message: string): TrustError {
  return new TrustError("statement", message);
}
