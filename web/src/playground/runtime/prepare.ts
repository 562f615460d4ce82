// Makes the runtime ready while nobody waits: the transpiler started and tried, a worker waiting.
import { keepSpare } from "./component";
import { warmUp } from "./transpiler";

/** Tells how long the transpiler took to be ready, in milliseconds. */
export async function prepare(): Promise<number> {
  const ready = warmUp();
  keepSpare();
  return await ready;
}
