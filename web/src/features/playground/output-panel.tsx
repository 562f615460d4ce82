"use client";
// What came of a run: drawn, or as JSON; and the lines that the component wrote.
import { useState } from "react";
import { Choice } from "@/components/ui/choice";
import { CopyButton } from "@/components/ui/copy-button";
import { Panel } from "@/components/ui/panel";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { faultText, RunFailed } from "@/playground/fault";
import type { LogLine } from "@/playground/sandbox/log";
import { Drawn } from "./drawn";
import { pretty } from "./pretty";
import { usePlayground, type Run } from "./store";

/** The most characters of JSON that are shown; all of them can be copied. */
const SHOWN = 100_000;

export function OutputPanel() {
  const { chosen, run } = usePlayground();
  const [as, setAs] = useState<"drawn" | "json">("drawn");
  const last = useLastDone(run);
  if (chosen.tag !== "ready") {
    return (
      <EmptyState title="Nothing to run yet" icon="flask">
        <p>
          Choose a component, or drop a .wasm file. It is transpiled and run here in a worker that reaches no network
          and is killed when it takes too long.
        </p>
      </EmptyState>
    );
  }
  const { component, origin } = chosen.subject;
  const { name } = origin;
  return (
    <>
      <Panel
        title="Output"
        actions={
          last !== null && (
            <Choice
              label="How the output is shown"
              options={[
                { value: "drawn", name: "Drawn" },
                { value: "json", name: "JSON" },
              ]}
              value={as}
              onChange={setAs}
            />
          )
        }
      >
        <div className="flex min-w-0 flex-col gap-3">
          {run.tag === "failed" && <ErrorState title={titleOf(run.error)} error={wordsOf(run.error)} />}
          {run.tag !== "failed" && last !== null && as === "drawn" && (
            <Drawn kind={component.kind} name={name} input={last.input} output={last.outcome.output} at={last.at} />
          )}
          {run.tag !== "failed" && last !== null && as === "json" && <AsJson value={last.outcome.output} />}
        </div>
      </Panel>
      <LogPanel run={run} />
    </>
  );
}

/** The last good run stays while the next one is under way, so that nothing flickers. */
function useLastDone(run: Run): (Run & { tag: "done" }) | null {
  const [last, setLast] = useState<(Run & { tag: "done" }) | null>(null);
  if (run.tag === "done" && run !== last) setLast(run);
  if (run.tag === "idle" && last !== null) setLast(null);
  return run.tag === "done" ? run : run.tag === "running" ? last : null;
}

function titleOf(error: Error): string {
  if (!(error instanceof RunFailed)) return "It was not run";
  switch (error.fault.tag) {
    case "killed":
      return "It was killed";
    case "declined":
      return "It declined";
    case "refused":
      return error.fault.what === "view" ? "Its view was refused" : "Its findings were refused";
    case "trapped":
      return "It broke";
    case "unfit":
      return "It cannot be run";
  }
}

function wordsOf(error: Error): Error {
  if (!(error instanceof RunFailed)) return error;
  const more =
    error.fault.tag === "killed" ? " Its worker is gone, and this page goes on. The next run gets a new one." : "";
  return new Error(faultText(error.fault) + more);
}

function AsJson({ value }: { value: unknown }) {
  const text = pretty(value);
  return (
    <div className="relative min-w-0">
      <div className="absolute top-1 right-1">
        <CopyButton text={text} what="output as JSON" />
      </div>
      <pre
        // It scrolls, so it takes the focus: arrow keys move it.

        tabIndex={0}
        aria-label="The output as JSON"
        role="region"
        className="max-h-[40rem] overflow-auto rounded-md border border-line bg-sunken p-3 text-2xs text-ink"
      >
        {text.slice(0, SHOWN)}
      </pre>
      {text.length > SHOWN && (
        <p className="mt-1 text-xs text-ink-3">
          The first {SHOWN.toLocaleString("en")} of {text.length.toLocaleString("en")} characters. Copying takes all.
        </p>
      )}
    </div>
  );
}

function LogPanel({ run }: { run: Run }) {
  const lines: LogLine[] = run.tag === "done" ? run.outcome.log : run.tag === "failed" ? run.log : [];
  const dropped = run.tag === "done" ? run.outcome.dropped : 0;
  if (lines.length === 0 && dropped === 0) return null;
  return (
    <Panel title="Log" note={dropped > 0 ? `${dropped} more were dropped: it wrote more than it may` : "what it wrote"}>
      <ol className="flex flex-col gap-0.5 font-mono text-xs">
        {lines.map(({ level, message }, at) => (
          <li key={at} className="flex gap-2">
            <span className="w-12 shrink-0 text-ink-3">{level}</span>
            <span className="min-w-0 text-ink [overflow-wrap:anywhere]">{message}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
