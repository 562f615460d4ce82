// Where the export lies, and which pages it has.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const OUT = fileURLToPath(new URL("../../out", import.meta.url));

/** The paths of all pages. */
export function pages() {
  if (!existsSync(OUT)) throw new Error("there is no export: run `npm run build` first");
  return readdirSync(OUT, { recursive: true })
    .filter((name) => name.endsWith(".html"))
    .map((name) => join(OUT, name));
}
