// The one transpiler of the page, in a worker of its own. It is started before it is needed, serves one component after
// another, and is replaced when it took too long or broke.
import { Unfit } from "../kind";
import { TRANSPILE_MS } from "../limits";
import type { TranspileReply, TranspileRequest, Transpiled } from "../sandbox/protocol";
import { Channel, Killed } from "./channel";

const WORKER = "/sandbox/transpiler.js";
/** How long it may take to start: it loads four megabytes. */
const START_MS = 60_000;

type Running = Channel<TranspileRequest, TranspileReply>;

let running: { channel: Running; ready: Promise<number> } | null = null;
let queue: Promise<unknown> = Promise.resolve();

/** Starts it, unless it runs. Tells how long it took to be ready. */
export function warmUp(): Promise<number> {
  if (running === null || !running.channel.alive) {
    const channel: Running = new Channel(WORKER);
    running = { channel, ready: started(channel) };
  }
  return running.ready;
}

async function started(channel: Running): Promise<number> {
  const reply = await channel.next(START_MS);
  if (reply.tag === "ready") return reply.tookMs;
  channel.end();
  throw new Error(reply.tag === "refused" ? `The transpiler could not be started: ${reply.reason}` : reply.tag);
}

/** Script and modules of a component, and how long that took in the worker. */
export function transpile(bytes: Uint8Array): Promise<{ transpiled: Transpiled; tookMs: number }> {
  const answer = queue.then(() => once(bytes));
  queue = answer.catch(() => undefined);
  return answer;
}

async function once(bytes: Uint8Array): Promise<{ transpiled: Transpiled; tookMs: number }> {
  await warmUp();
  if (running === null) throw new Error("the transpiler is not running");
  try {
    const reply = await running.channel.ask({ bytes }, TRANSPILE_MS);
    if (reply.tag === "transpiled") return reply;
    throw new Unfit(`This is no component that can be run: ${reply.tag === "refused" ? reply.reason : reply.tag}`);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    throw new Unfit(`Making script of the component took longer than ${TRANSPILE_MS / 1_000} s, and was given up.`);
  }
}
