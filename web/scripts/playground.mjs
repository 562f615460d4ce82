// Makes what the playground loads while it runs: its two workers, bundled, the transpiler that one of them runs, and
// the SDK's recordings. All of it is derived, so none of it is committed. Runs before every build.
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const SANDBOX = at("../public/sandbox/");
const RECORDINGS = at("../public/recordings/");
const TRANSPILER = "js-component-bindgen-component";

function empty(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

/** A worker is one file: its policy lets it import nothing. */
async function bundle(name) {
  const built = await rolldown({
    input: at(`../src/playground/sandbox/${name}.worker.ts`),
    platform: "browser",
    resolve: { alias: { "@": at("../src") } },
    // The transpiler reads its own file where it runs in Node, which is not here.
    external: ["node:fs/promises"],
    logLevel: "warn",
    onLog: (level, log, report) => log.code !== "MODULE_LEVEL_DIRECTIVE" && report(level, log),
  });
  await built.write({ file: `${SANDBOX}${name}.js`, format: "esm", minify: true });
}

/** A component of the contract's own types that does nothing: the transpiler is tried on it before it is needed. */
async function warmUp() {
  const folder = at("../../wit/0.2/");
  const files = readdirSync(folder).map((name) => readFileSync(folder + name, "utf8"));
  const name = /^package .*;$/m;
  const witSource = [files[0].match(name)[0], ...files.map((text) => text.replace(name, ""))].join("\n");
  const module = await componentEmbed({ dummy: true, witSource, world: "widget" });
  writeFileSync(`${SANDBOX}warm-up.wasm`, await componentNew(module, []));
}

empty(SANDBOX);
await warmUp();
await Promise.all(["transpiler", "component"].map(bundle));
for (const part of ["core.wasm", "core2.wasm"]) {
  const from = at(`../node_modules/@bytecodealliance/jco-transpile/vendor/${TRANSPILER}.${part}`);
  copyFileSync(from, `${SANDBOX}${TRANSPILER}.${part}`);
}

empty(RECORDINGS);
const source = at("../../sdk/recordings/");
const recordings = readdirSync(source)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ file: name, text: readFileSync(source + name, "utf8") }));
for (const { file, text } of recordings) writeFileSync(RECORDINGS + file, JSON.stringify(JSON.parse(text)));
const index = recordings.map(({ file, text }) => {
  const { name, description, origin, input } = JSON.parse(text);
  return { file, name, description, origin, holds: input.tag };
});
writeFileSync(`${RECORDINGS}index.json`, JSON.stringify(index));
console.log(`the playground has its workers and ${recordings.length} recordings`);
