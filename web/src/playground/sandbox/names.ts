// The names inside a component that the transpiler writes into script without quoting them: those that core modules
// import and export. A name that could end a string there would be a plugin that supplies script, so it is refused.
import { Unfit } from "../kind";

const HARMLESS = /^[\w$:/@.#[\]<>|+\- ]*$/;

export function refuseNamesThatAreScript(module: WebAssembly.Module): void {
  const imported = WebAssembly.Module.imports(module).flatMap((entry) => [entry.module, entry.name]);
  const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
  const odd = [...imported, ...exported].find((name) => !HARMLESS.test(name));
  if (odd !== undefined) {
    throw new Unfit(`The component has a name that no compiler of plugins gives: ${JSON.stringify(odd.slice(0, 80))}.`);
  }
}
