// The worker that runs one component. The page ends it when it takes too long; its policy lets it reach no network. It
// answers one message at a time, and every call is made on a fresh instance.
import { limitsOf } from "../limits";
import { RunFailed, type Fault } from "../fault";
import { Budget, meter, TooMuchHandedOver } from "./budget";
import { call } from "./call";
import { FindingsDefect } from "./findings";
import { load, type Loaded } from "./load";
import { Log } from "./log";
import type { ComponentReply, ComponentRequest } from "./protocol";
import { scope } from "./scope";
import { ViewDefect } from "@/view/check";
import { Unfit } from "../kind";

const worker = scope<ComponentRequest, ComponentReply>();
const budget = new Budget();
meter(budget);

let loaded: Loaded | null = null;

async function answer(request: ComponentRequest): Promise<ComponentReply> {
  if (request.tag === "load") {
    const begin = performance.now();
    loaded = await load(request);
    return { tag: "loaded", tookMs: performance.now() - begin };
  }
  if (loaded === null) throw new Unfit("No component is loaded.");
  const component = loaded;
  const limits = limitsOf(component.kind);
  const log = new Log(limits.log, (line) => worker.say({ tag: "wrote", line }));
  try {
    const done = await budget.during(limits.transferBytes, () => call(component, request.call, log));
    return { tag: "done", ...done, dropped: log.dropped };
  } catch (error) {
    return { tag: "failed", fault: faultOf(error), dropped: log.dropped };
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof RunFailed) return error.fault;
  if (error instanceof Unfit) return { tag: "unfit", reason: error.message };
  if (error instanceof ViewDefect) return { tag: "refused", what: "view", reason: error.message };
  if (error instanceof FindingsDefect) return { tag: "refused", what: "findings", reason: error.message };
  if (error instanceof TooMuchHandedOver) return { tag: "trapped", reason: error.message };
  return { tag: "trapped", reason: String(error instanceof Error ? error.message : error).slice(0, 500) };
}

worker.listen((request) => {
  answer(request).then(worker.say, (error: unknown) =>
    worker.say({ tag: "failed", fault: faultOf(error), dropped: 0 }),
  );
});
worker.say({ tag: "started" });
