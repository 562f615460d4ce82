// Checks the export against the Content-Security-Policy that it is served with: no inline style, no inline event
// handler, nothing from another origin. Inline scripts are allowed, since the server hashes them.
import { readFileSync } from "node:fs";
import { pages } from "./lib/export.mjs";

const RULES = [
  ["a style attribute", /<[^>]*\sstyle=["'][^"']*["']/g],
  ["an inline style sheet", /<style[\s>]/g],
  ["an event handler", /<[^>]*\son[a-z]+=["']/g],
  ["something from another origin", /\s(?:src|href)=["'](?:https?:)?\/\/[^"']*["']/g],
];

let found = 0;
for (const page of pages()) {
  // What is inside a script is data for it; only the markup counts.
  const markup = readFileSync(page, "utf8").replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, (script) =>
    script.replace(/>[\s\S]*<\//, "></"),
  );
  for (const [what, rule] of RULES) {
    for (const match of markup.matchAll(rule)) {
      found += 1;
      console.error(`${page}: ${what}: ${match[0].slice(0, 200)}`);
    }
  }
}
if (found > 0) {
  console.error(`${found} places that the Content-Security-Policy would refuse`);
  process.exit(1);
}
console.log(`${pages().length} pages hold to the Content-Security-Policy`);
