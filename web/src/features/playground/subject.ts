// What is tried: a component from the registry, whose digest and signature this browser has checked, or a file from this
// computer, for which nobody vouches.
import { api, ApiError, unwrap } from "@/api/client";
import { fieldsOf, type Field } from "@/features/settings/schema";
import { digestOf, NotSecure } from "@/playground/digest";
import { Component } from "@/playground/runtime";
import { TrustError, verify, type Verified } from "@/playground/verify";
import { marketPackage, partsOf, type MarketPackage } from "@/features/marketplace/queries";
import type { QueryClient } from "@tanstack/react-query";

export type Origin =
  /** `yanked` is why its publisher says that it is not to be installed any more. */
  | { tag: "registry"; name: string; version: string; verified: Verified; yanked: string | null }
  | { tag: "file"; name: string };

export interface Subject {
  origin: Origin;
  component: Component;
  /** Unavailable for a file where the browser computes none. */
  digest: string | null;
  size: number;
  /** The fields of a widget's settings; none for the other kinds. */
  fields: Field[];
  /** When the bytes were here, by `performance.now()`. */
  arrived: number;
  /** In milliseconds, measured. A file is not fetched, and not verified. */
  timings: { fetch: number | null; verify: number | null; transpile: number };
}

/** Fetches, verifies, and only then transpiles. Throws `TrustError` for what nobody vouches for. */
export async function fromRegistry(client: QueryClient, full: string, version: string | null): Promise<Subject> {
  const detail = await client.fetchQuery(marketPackage(full));
  const wanted = versionOf(detail, version);
  const begin = performance.now();
  const path = { ...partsOf(full), version: wanted.version };
  const [bytes, bundle] = await Promise.all([componentOf(path), bundleOf(path)]);
  const fetched = performance.now();
  const expected = { name: full, version: wanted.version, kind: wanted.kind, grants: wanted.requests };
  const verified = await verify(bytes, bundle, expected, detail.publisher.keys);
  const checked = performance.now();
  const { component, fields } = await ready(bytes);
  if (component.kind !== verified.release.kind) {
    component.close();
    throw new TrustError(
      "other-kind",
      `its publisher signed it as ${verified.release.kind}, but it is a ${component.kind}`,
    );
  }
  return {
    origin: { tag: "registry", name: full, version: wanted.version, verified, yanked: wanted.yanked?.reason ?? null },
    component,
    digest: verified.release.digest,
    size: bytes.length,
    fields,
    arrived: fetched,
    timings: { fetch: fetched - begin, verify: checked - fetched, transpile: component.transpileMs },
  };
}

export async function fromFile(file: File): Promise<Subject> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const arrived = performance.now();
  const { component, fields } = await ready(bytes);
  const digest = await digestOf(bytes).catch((error: unknown) => {
    if (error instanceof NotSecure) return null;
    throw error;
  });
  const timings = { fetch: null, verify: null, transpile: component.transpileMs };
  const origin = { tag: "file", name: file.name } as const;
  return { origin, component, digest, size: bytes.length, fields, arrived, timings };
}

function versionOf({ name, versions }: MarketPackage, version: string | null) {
  const found = versions.find((each) => {
    return version === null ? each.yanked === undefined || each.yanked === null : each.version === version;
  });
  if (found !== undefined) return found;
  throw new Error(version === null ? `Every version of ${name} is yanked.` : `${name} has no version ${version}.`);
}

interface Path {
  publisher: string;
  name: string;
  version: string;
}

async function componentOf(path: Path): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await unwrap(
    api.GET("/api/marketplace/packages/{publisher}/{name}/versions/{version}/component", {
      params: { path },
      parseAs: "arrayBuffer",
    }),
  );
  return new Uint8Array(bytes);
}

/** As text: read as JSON it would hide a key that is said twice. */
async function bundleOf(path: Path): Promise<string | null> {
  const asked = api.GET("/api/marketplace/packages/{publisher}/{name}/versions/{version}/bundle", {
    params: { path },
    parseAs: "text",
  });
  try {
    return await unwrap(asked);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

async function ready(bytes: Uint8Array): Promise<{ component: Component; fields: Field[] }> {
  const component = await Component.from(bytes);
  if (component.kind !== "widget") return { component, fields: [] };
  const { output } = await component.call({ tag: "settings-schema" });
  return { component, fields: fieldsOf(schemaOf(output)) };
}

function schemaOf(output: unknown): unknown {
  try {
    return typeof output === "string" ? JSON.parse(output) : null;
  } catch {
    // A schema that is no JSON describes no field. What the widget draws is told anyway.
    return null;
  }
}
