// The worker that makes script and core modules of a component. It is shared by all components and never runs one. Warm
// before anybody asks: it makes script of a component without code first, since the first time takes ten times as long.
import { $init, generate } from "@bytecodealliance/jco-transpile/component";
import type { TranspileReply, TranspileRequest, Transpiled } from "./protocol";
import { scope } from "./scope";

const OPTIONS = {
  name: "component",
  instantiation: { tag: "async" },
  noTypescript: true,
  noNodejsCompat: true,
} as const;

const worker = scope<TranspileRequest, TranspileReply>();

worker.listen((request) => {
  try {
    const begin = performance.now();
    const transpiled = transpile(request.bytes);
    worker.say({ tag: "transpiled", transpiled, tookMs: performance.now() - begin });
  } catch (error) {
    worker.say({ tag: "refused", reason: reasonOf(error) });
  }
});

async function prepare(): Promise<void> {
  const begin = performance.now();
  const [answer] = await Promise.all([fetch(new URL("warm-up.wasm", import.meta.url)), $init]);
  transpile(new Uint8Array(await answer.arrayBuffer()));
  worker.say({ tag: "ready", tookMs: performance.now() - begin });
}

function transpile(bytes: Uint8Array): Transpiled {
  const { files, imports, exports } = generate(bytes, OPTIONS);
  const script = files.find(([name]) => name.endsWith(".js"))?.[1] ?? new Uint8Array();
  const modules = files.filter(([name]) => name.endsWith(".wasm")).map(([name, bytes]) => ({ name, bytes }));
  return { script, modules, imports, exports: exports.map(([name]) => name) };
}

/** The transpiler's own words; its errors carry them as a payload. */
function reasonOf(error: unknown): string {
  const payload = typeof error === "object" && error !== null && "payload" in error ? error.payload : error;
  const words = payload instanceof Error ? payload.message : String(payload);
  return words.slice(0, 1_000);
}

prepare().catch((error: unknown) => worker.say({ tag: "refused", reason: reasonOf(error) }));
