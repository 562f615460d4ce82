// Writes src/api/generated.ts from the server's committed description; with `--check`, fails when it is out of date.
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { readFileSync, writeFileSync } from "node:fs";

const description = new URL("../../openapi/inferno.json", import.meta.url);
const file = new URL("../src/api/generated.ts", import.meta.url);

const types = COMMENT_HEADER + astToString(await openapiTS(description));

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== types) {
    console.error("src/api/generated.ts is not what openapi/inferno.json says: run `npm run api:generate`");
    process.exit(1);
  }
  console.log("src/api/generated.ts is what openapi/inferno.json says");
} else {
  writeFileSync(file, types);
}
