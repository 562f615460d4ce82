// Sums the scripts that the overview's document names, compressed by gzip, and fails above the limit. What is loaded
// later, when the page is seen, is measured in a browser by tests/size.test.mjs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { OUT } from "./lib/export.mjs";
import { LIMIT, shown } from "./lib/size.mjs";

const html = readFileSync(join(OUT, "index.html"), "utf8");
const tags = [...html.matchAll(/<script\b[^>]*\bsrc="([^"]+)"[^>]*>/g)]
  // Only browsers without modules load these, and none of ours is.
  .filter(([tag]) => !/\snomodule\b/i.test(tag))
  .map(([, src]) => src);

let total = 0;
for (const src of new Set(tags)) {
  const size = gzipSync(readFileSync(join(OUT, src))).length;
  total += size;
  console.log(`${shown(size).padStart(9)}  ${src}`);
}
console.log(`${shown(total).padStart(9)}  in ${new Set(tags).size} scripts, of at most ${shown(LIMIT)}`);
if (total > LIMIT) process.exit(1);
