// A transpiled component becomes something that can be instantiated: its modules within bounds and compiled, its script
// imported. The script is made by the transpiler from the component's types; no name in it is the component's choice.
import { Unfit, type Kind } from "../kind";
import { limitsOf } from "../limits";
import { bounded } from "./bounded";
import type { LogLevel } from "./log";
import { refuseNamesThatAreScript } from "./names";
import type { ComponentRequest } from "./protocol";

/** The exports of an instance, by interface and function. */
export type Instance = Record<string, Record<string, (...values: unknown[]) => unknown> | undefined>;
type Imports = Record<string, { log: (level: LogLevel, message: string) => void }>;
type InstantiateCore = (module: WebAssembly.Module, imports?: WebAssembly.Imports) => Promise<WebAssembly.Instance>;

interface Script {
  instantiate: (
    module: (name: string) => WebAssembly.Module,
    imports: Imports,
    instantiateCore: InstantiateCore,
  ) => Promise<Instance>;
}

export interface Loaded {
  kind: Kind;
  export: string;
  /** A fresh instance. */
  instantiate: (log: (level: LogLevel, message: string) => void) => Promise<Instance>;
}

export async function load(request: ComponentRequest & { tag: "load" }): Promise<Loaded> {
  const limits = limitsOf(request.kind);
  const modules = new Map<string, WebAssembly.Module>();
  const withMemory = new Set<WebAssembly.Module>();
  for (const { name, bytes } of request.modules) {
    const within = bounded(bytes, limits);
    const module = await WebAssembly.compile(within.module);
    refuseNamesThatAreScript(module);
    modules.set(name, module);
    if (within.memories > 0) withMemory.add(module);
  }
  if (withMemory.size > 1) throw new Unfit("The component has several modules with memory, and one may have it.");
  const script = await importScript(request.script);
  return {
    kind: request.kind,
    export: request.export,
    instantiate: (log) => {
      const imports = { "inferno:plugin/log": { log } };
      return script.instantiate((name) => found(modules, name), imports, counted(withMemory, limits.instances));
    },
  };
}

async function importScript(script: Uint8Array): Promise<Script> {
  const url = URL.createObjectURL(new Blob([script as Uint8Array<ArrayBuffer>], { type: "text/javascript" }));
  try {
    return (await import(/* webpackIgnore: true */ url)) as Script;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function found(modules: ReadonlyMap<string, WebAssembly.Module>, name: string): WebAssembly.Module {
  const module = modules.get(name);
  if (module === undefined) throw new Unfit(`The component refers to ${name}, which it does not have.`);
  return module;
}

/** Instantiates at most so many modules, and the one with memory once: each instance would have a memory of its own. */
function counted(withMemory: ReadonlySet<WebAssembly.Module>, most: number): InstantiateCore {
  let made = 0;
  let memories = 0;
  return (module, imports) => {
    made += 1;
    if (withMemory.has(module)) memories += 1;
    if (made > most) throw new Unfit(`The component is made of more than ${most} instances.`);
    if (memories > 1) throw new Unfit("The component makes its memory twice.");
    return WebAssembly.instantiate(module, imports ?? {});
  };
}
