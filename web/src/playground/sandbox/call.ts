// One call of a component: arguments in, JSON out. What it gives as a view is checked here, so that a hostile one never
// reaches the page.
import type { Opportunity, Query, View } from "@/api/types";
import { checkView } from "@/view/check";
import { RunFailed } from "../fault";
import { Unfit, type RunInput } from "../kind";
import type { Json } from "../verify/json";
import { checkFindings } from "./findings";
import type { Instance, Loaded } from "./load";
import type { Log } from "./log";
import type { Call } from "./protocol";
import { framesIn, jsonOut, optionsIn } from "./values";

export interface Done {
  output: Json;
  instantiateMs: number;
  callMs: number;
}

export async function call(component: Loaded, wanted: Call, log: Log): Promise<Done> {
  const begin = performance.now();
  const instance = await component.instantiate((level, message) => log.write(level, message));
  const instantiated = performance.now();
  const answer = invoke(instance, component.export, nameOf(wanted), argumentsOf(wanted));
  const end = performance.now();
  const output = jsonOut(answer);
  if (wanted.tag === "run") await check(component, wanted.input, output);
  return { output, instantiateMs: instantiated - begin, callMs: end - instantiated };
}

/** What the server checks as well. The shape is right: the script around the component made it from the contract's types. */
async function check(component: Loaded, input: RunInput, output: Json): Promise<void> {
  if (input.tag === "widget") checkView(output as unknown as View);
  if (input.tag === "analyzer") {
    const instance = await component.instantiate(() => undefined);
    const queries = jsonOut(invoke(instance, component.export, "queries", [])) as unknown as Query[];
    const asked = queries.map((query) => query.metric);
    checkFindings(output as unknown as Opportunity[], asked);
  }
}

function invoke(instance: Instance, from: string, name: string, values: unknown[]): unknown {
  const exported = instance[from]?.[name];
  if (exported === undefined) throw new Unfit(`The component does not export \`${name}\` of ${from}.`);
  try {
    return exported(...values);
  } catch (error) {
    const declined = declinedBy(error);
    if (declined !== null) throw new RunFailed(declined);
    throw error;
  }
}

/** An error of the contract: a variant with a text. */
function declinedBy(error: unknown) {
  if (typeof error !== "object" || error === null || !("payload" in error)) return null;
  const { payload } = error;
  if (typeof payload !== "object" || payload === null || !("tag" in payload) || !("val" in payload)) return null;
  return { tag: "declined", case: String(payload.tag), reason: String(payload.val).slice(0, 2_000) } as const;
}

function nameOf(wanted: Call): string {
  switch (wanted.tag) {
    case "settings-schema":
      return "settingsSchema";
    case "queries":
      return "queries";
    case "run":
      return { widget: "render", analyzer: "analyze", "optimization-pass": "apply" }[wanted.input.tag];
  }
}

function argumentsOf(wanted: Call): unknown[] {
  switch (wanted.tag) {
    case "settings-schema":
      return [];
    case "queries":
      return wanted.settings === undefined ? [] : [wanted.settings];
    case "run":
      return ofInput(wanted.input);
  }
}

function ofInput(input: RunInput): unknown[] {
  switch (input.tag) {
    case "widget": {
      const { settings, frames, viewport, theme } = input.val;
      return [JSON.stringify(settings ?? {}), framesIn(frames), viewport, theme];
    }
    case "analyzer":
      return [framesIn(input.val.frames)];
    case "optimization-pass":
      return [optionsIn(input.val.graph as unknown as Json), input.val.target];
  }
}
