// A component that can be run in this browser: what was made of its bytes, and the worker that holds it. A worker that
// had to be killed is replaced at the next run; the component itself is not to blame for the page.
import { RunFailed } from "../fault";
import { refuseOtherFiles, Unfit, worldOf, type RunInput, type World } from "../kind";
import { COMPONENT_BYTES, DEADLINE_MS } from "../limits";
import type { LogLine } from "../sandbox/log";
import type { Call, ComponentReply, ComponentRequest, Transpiled } from "../sandbox/protocol";
import type { Json } from "../verify/json";
import { Channel, Killed } from "./channel";
import { transpile } from "./transpiler";

const WORKER = "/sandbox/component.js";
const START_MS = 30_000;
const LOAD_MS = 10_000;

type Running = Channel<ComponentRequest, ComponentReply>;

/** A worker that waits for a component: starting one takes longer than most calls. */
let spare: Running | null = null;

export function keepSpare(): void {
  if (spare === null || !spare.alive) spare = new Channel(WORKER);
}

export interface Outcome {
  output: Json;
  log: LogLine[];
  /** Lines beyond what a component may write. */
  dropped: number;
  /** In milliseconds, measured in the worker. `load` was once, when the worker began. */
  timings: { load: number; instantiate: number; call: number };
}

/** A call that ended other than well, with what the component wrote before. */
export class CallFailed extends RunFailed {
  override name = "CallFailed";
  constructor(
    failed: RunFailed,
    readonly log: LogLine[],
    readonly dropped: number,
  ) {
    super(failed.fault);
  }
}

export class Component {
  private running: Running | null = null;
  private loadMs = 0;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly world: World,
    private readonly transpiled: Transpiled,
    /** How long making script of it took, in milliseconds. */
    readonly transpileMs: number,
  ) {}

  static async from(bytes: Uint8Array): Promise<Component> {
    if (bytes.length > COMPONENT_BYTES) {
      throw new Unfit(`The file has ${bytes.length} bytes; a component has at most ${COMPONENT_BYTES}.`);
    }
    refuseOtherFiles(bytes);
    const { transpiled, tookMs } = await transpile(bytes);
    return new Component(worldOf(transpiled.imports, transpiled.exports), transpiled, tookMs);
  }

  get kind(): RunInput["tag"] {
    return this.world.kind;
  }

  /** Makes one call within the deadline, after those that were asked for before. Throws `CallFailed`. */
  call(call: Call, deadlineMs: number = DEADLINE_MS): Promise<Outcome> {
    const answer = this.queue.then(() => this.once(call, deadlineMs));
    this.queue = answer.catch(() => undefined);
    return answer;
  }

  private async once(call: Call, deadlineMs: number): Promise<Outcome> {
    const channel = await this.loaded();
    const log: LogLine[] = [];
    const end = performance.now() + deadlineMs;
    let reply: ComponentReply;
    try {
      reply = await channel.ask({ tag: "call", call }, deadlineMs);
      while (reply.tag === "wrote") {
        log.push(reply.line);
        reply = await channel.next(Math.max(0, end - performance.now()));
      }
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      throw new CallFailed(new RunFailed({ tag: "killed", afterMs: deadlineMs }), log, 0);
    }
    if (reply.tag === "failed") throw new CallFailed(new RunFailed(reply.fault), log, reply.dropped);
    if (reply.tag !== "done") throw new Error(`the worker said ${reply.tag} where it was to call`);
    const { output, dropped, instantiateMs, callMs } = reply;
    return { output, log, dropped, timings: { load: this.loadMs, instantiate: instantiateMs, call: callMs } };
  }

  close(): void {
    this.running?.end();
    this.running = null;
  }

  private async loaded(): Promise<Running> {
    if (this.running?.alive === true) return this.running;
    keepSpare();
    const channel = spare ?? new Channel<ComponentRequest, ComponentReply>(WORKER);
    spare = null;
    this.running = channel;
    await channel.next(START_MS);
    const { kind, export: from } = this.world;
    const { script, modules } = this.transpiled;
    const reply = await channel.ask({ tag: "load", script, modules, kind, export: from }, LOAD_MS).catch((error) => {
      if (!(error instanceof Killed)) throw error;
      throw new Unfit(`Compiling the component took longer than ${LOAD_MS / 1_000} s, and was given up.`);
    });
    if (reply.tag === "loaded") {
      // The next component finds one as well.
      setTimeout(keepSpare, 0);
      this.loadMs = reply.tookMs;
      return channel;
    }
    this.close();
    if (reply.tag === "failed") throw new RunFailed(reply.fault);
    throw new Error(`the worker said ${reply.tag} where it was to load`);
  }
}
