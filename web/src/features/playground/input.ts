// What a component is given: where its data comes from, and how that becomes the arguments of a call.
import { api, unwrap } from "@/api/client";
import type { Frame, Graph, Query, Target } from "@/api/types";
import { modelDetails } from "./queries";
import type { Settings } from "@/features/settings/schema";
import type { Theme } from "@/lib/theme";
import { z } from "@/lib/zod";
import type { RunInput } from "@/playground/kind";
import { answer, recording, recordings } from "@/playground/recordings";
import { FRAME, GRAPH, problemsOf, QUERY, TARGET } from "@/playground/shapes";
import type { Subject } from "./subject";

export type Source =
  | { tag: "recording"; val: string }
  /** The last minutes of this server. */
  | { tag: "live" }
  | { tag: "graph"; val: { model: string; stage: "before" | "after" } }
  /** Data that somebody wrote, as JSON. */
  | { tag: "edited"; val: string };

export interface Viewport {
  width: number;
  height: number;
}

export interface Surroundings {
  settings: Settings;
  viewport: Viewport;
  theme: Theme;
}

export type Data = { tag: "frames"; val: Frame[] } | { tag: "graph"; val: { graph: Graph; target: Target } };

/** Data that is not what a component of this kind takes; the message has a line per problem. */
export class BadData extends Error {
  override name = "BadData";
}

/** Where the data of a kind can come from when nobody chose: the first recording that fits. */
export async function firstSource(kind: RunInput["tag"]): Promise<Source> {
  const holds = kind === "optimization-pass" ? "graph" : "metrics";
  const found = (await recordings()).find((each) => each.holds === holds);
  return found === undefined ? { tag: "live" } : { tag: "recording", val: found.name };
}

/** The data of a source, for this component with these settings. */
export async function dataOf(subject: Subject, source: Source, settings: Settings, patience: number): Promise<Data> {
  const pass = subject.component.kind === "optimization-pass";
  if (source.tag === "edited") return parse(source.val, pass);
  if (pass) return { tag: "graph", val: await graphOf(source) };
  return { tag: "frames", val: await framesOf(source, await queriesOf(subject, settings, patience)) };
}

export function inputOf(subject: Subject, data: Data, around: Surroundings): RunInput {
  if (data.tag === "graph") return { tag: "optimization-pass", val: data.val };
  if (subject.component.kind === "analyzer") return { tag: "analyzer", val: { frames: data.val } };
  // The description calls settings an object without keys, for want of a word for "any".
  const settings = around.settings as Record<string, never>;
  return {
    tag: "widget",
    val: { settings, frames: data.val, viewport: around.viewport, theme: around.theme },
  };
}

async function queriesOf(subject: Subject, settings: Settings, patience: number): Promise<Query[]> {
  const { component, origin } = subject;
  const call = component.kind === "widget" ? { settings: JSON.stringify(settings) } : {};
  const { output } = await component.call({ tag: "queries", ...call }, patience);
  const queries = z.array(QUERY).max(16).safeParse(output);
  if (!queries.success)
    throw new BadData(`The component asks for data in a way that is refused: ${problemsOf(queries.error)}`);
  if (origin.tag === "registry") {
    const granted = origin.verified.release.grants;
    const foreign = queries.data.find(({ metric }) => !granted.includes(`metric:${metric}`));
    if (foreign !== undefined) {
      throw new BadData(`It needs the metric ${foreign.metric}, which its signature does not cover.`);
    }
  }
  return queries.data;
}

async function framesOf(source: Source, queries: Query[]): Promise<Frame[]> {
  if (source.tag === "live") {
    if (queries.length === 0) return [];
    return (await unwrap(api.POST("/api/metrics/query", { body: { queries } }))).frames;
  }
  const recorded = await recordingOf(source);
  return queries.map((query) => answer(recorded, query));
}

async function graphOf(source: Source): Promise<{ graph: Graph; target: Target }> {
  if (source.tag === "graph") {
    const { model, stage } = source.val;
    const params = { path: { model }, query: { stage } };
    const [graph, models] = await Promise.all([
      unwrap(api.GET("/api/models/{model}/graph", { params })),
      modelDetails(),
    ]);
    const target = models.find(({ id }) => id === model)?.target;
    if (target === undefined) throw new BadData(`This server has no model ${model}.`);
    return { graph, target };
  }
  const { input } = await recordingOf(source);
  if (input.tag !== "graph") throw new BadData("This recording holds metrics, and a pass takes a graph.");
  return input.val;
}

async function recordingOf(source: Source) {
  if (source.tag !== "recording") throw new BadData("Choose where the data comes from.");
  const summary = (await recordings()).find(({ name }) => name === source.val);
  if (summary === undefined) throw new BadData(`There is no recording ${source.val}.`);
  return await recording(summary);
}

/** Data that somebody wrote. */
export function parse(text: string, pass: boolean): Data {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadData(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (pass) {
    const parsed = z.strictObject({ graph: GRAPH, target: TARGET }).safeParse(value);
    if (!parsed.success) throw new BadData(problemsOf(parsed.error));
    return { tag: "graph", val: parsed.data };
  }
  const parsed = z.array(FRAME).safeParse(value);
  if (!parsed.success) throw new BadData(problemsOf(parsed.error));
  return { tag: "frames", val: parsed.data };
}
