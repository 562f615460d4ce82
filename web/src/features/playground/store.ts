// The state of the playground: what is tried, what it is given, what came of it, and what the server made of the same.
// Every step replaces what depends on it; an answer that comes too late is dropped.
import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { valuesOf, type Settings } from "@/features/settings/schema";
import { differences, type Difference } from "@/playground/compare";
import { DEADLINE_MS } from "@/playground/limits";
import type { RunInput } from "@/playground/kind";
import { CallFailed, prepare, type Outcome } from "@/playground/runtime";
import { recording, recordings } from "@/playground/recordings";
import type { LogLine } from "@/playground/sandbox/log";
import type { Json } from "@/playground/verify/json";
import type { Theme } from "@/lib/theme";
import { dataOf, firstSource, inputOf, type Data, type Source, type Viewport } from "./input";
import { runOnServer } from "./queries";
import { fromFile, fromRegistry, type Subject } from "./subject";

export type Chosen =
  | { tag: "none" }
  | { tag: "loading"; what: string }
  | { tag: "ready"; subject: Subject }
  | { tag: "failed"; what: string; error: Error };

export type Run =
  | { tag: "idle" }
  | { tag: "running"; since: number }
  | { tag: "done"; input: RunInput; outcome: Outcome; at: number }
  | { tag: "failed"; error: Error; log: LogLine[] };

export type ServerRun =
  | { tag: "idle" }
  | { tag: "running" }
  | { tag: "done"; differences: Difference[]; digest: string; elapsedMs: number; output: Json }
  | { tag: "failed"; error: Error };

interface PlaygroundState {
  /** How long the transpiler took to be ready, in milliseconds. */
  ready: { tag: "starting" } | { tag: "ready"; tookMs: number } | { tag: "failed"; error: Error };
  chosen: Chosen;
  /** The package that was asked for last; `null` for a file. */
  wanted: string | null;
  source: Source | null;
  settings: Settings;
  viewport: Viewport;
  deadlineMs: number;
  data: Data | null;
  run: Run;
  /** From the arrival of the bytes to the first output, in milliseconds. */
  firstMs: number | null;
  server: ServerRun;

  prepare: () => void;
  choosePackage: (client: QueryClient, name: string, version: string | null, given?: Given) => Promise<void>;
  chooseFile: (file: File) => Promise<void>;
  give: (source: Source) => void;
  set: (settings: Settings) => void;
  resize: (viewport: Viewport) => void;
  wait: (deadlineMs: number) => void;
  start: (theme: Theme) => Promise<void>;
  startOnServer: () => Promise<void>;
}

/** What a link says besides the package. */
export interface Given {
  source: Source;
  settings: Settings;
}

const IDLE = { data: null, firstMs: null, run: { tag: "idle" }, server: { tag: "idle" } } as const;

export const usePlayground = create<PlaygroundState>((set, get) => {
  /** Grows with every step, so that an older one knows that it is too late. */
  let step = 0;

  async function choose(what: string, load: () => Promise<Subject>, given?: Given): Promise<void> {
    const mine = (step += 1);
    const before = get().chosen;
    if (before.tag === "ready") before.subject.component.close();
    set({ chosen: { tag: "loading", what }, ...IDLE });
    try {
      const subject = await load();
      const source = given?.source ?? (await firstSource(subject.component.kind));
      if (mine !== step) return subject.component.close();
      const settings = valuesOf(subject.fields, given?.settings ?? {});
      set({ chosen: { tag: "ready", subject }, source, settings });
    } catch (error) {
      if (mine === step) set({ chosen: { tag: "failed", what, error: errorOf(error) } });
    }
  }

  return {
    ready: { tag: "starting" },
    chosen: { tag: "none" },
    wanted: null,
    source: null,
    settings: {},
    viewport: { width: 480, height: 320 },
    deadlineMs: DEADLINE_MS,
    ...IDLE,

    prepare: () => {
      // On a telephone, a widget is first given what fits there.
      set(({ viewport }) => ({ viewport: { ...viewport, width: Math.min(viewport.width, window.innerWidth - 90) } }));
      // Read ahead. Where it fails, the run that needs it says so.
      recordings()
        .then((list) => Promise.all(list.map(recording)))
        .catch(() => undefined);
      prepare().then(
        (tookMs) => set({ ready: { tag: "ready", tookMs } }),
        (error: unknown) => set({ ready: { tag: "failed", error: errorOf(error) } }),
      );
    },
    choosePackage: (client, name, version, given) => {
      const what = version === null ? name : `${name} ${version}`;
      set({ wanted: name });
      return choose(what, () => fromRegistry(client, name, version), given);
    },
    chooseFile: (file) => {
      set({ wanted: null });
      return choose(file.name, () => fromFile(file));
    },
    give: (source) => set({ source }),
    set: (settings) => set({ settings }),
    resize: (viewport) => set({ viewport }),
    wait: (deadlineMs) => set({ deadlineMs }),

    start: async (theme) => {
      const { chosen, source, settings, viewport, deadlineMs } = get();
      if (chosen.tag !== "ready" || source === null) return;
      const mine = (step += 1);
      const { subject } = chosen;
      set({ run: { tag: "running", since: performance.now() }, server: { tag: "idle" } });
      try {
        const data = await dataOf(subject, source, settings, deadlineMs);
        if (mine !== step) return;
        set({ data });
        const input = inputOf(subject, data, { settings, viewport, theme });
        const outcome = await subject.component.call({ tag: "run", input }, deadlineMs);
        if (mine !== step) return;
        const firstMs = get().firstMs ?? performance.now() - subject.arrived;
        set({ run: { tag: "done", input, outcome, at: Date.now() }, firstMs });
      } catch (error) {
        const log = error instanceof CallFailed ? error.log : [];
        if (mine === step) set({ run: { tag: "failed", error: errorOf(error), log } });
      }
    },

    startOnServer: async () => {
      const { chosen, run } = get();
      if (chosen.tag !== "ready" || run.tag !== "done" || chosen.subject.origin.tag !== "registry") return;
      const mine = step;
      const { name, version, verified } = chosen.subject.origin;
      set({ server: { tag: "running" } });
      try {
        const answer = await runOnServer({ name, version, digest: verified.release.digest, input: run.input });
        const output = answer.output as Json;
        const found = differences(run.outcome.output, output);
        const { digest, elapsedMs } = answer;
        if (mine === step) set({ server: { tag: "done", differences: found, digest, elapsedMs, output } });
      } catch (error) {
        if (mine === step) set({ server: { tag: "failed", error: errorOf(error) } });
      }
    },
  };
});

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
