"use client";
// Runs the component, and shows how long it still may take.
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { useTheme } from "@/lib/theme";
import { usePlayground, type Run } from "./store";

const DEADLINES = [250, 1_000, 5_000];

export function RunBar() {
  const theme = useTheme((state) => state.theme);
  const { chosen, run, start, deadlineMs, wait, ready } = usePlayground();
  const loaded = chosen.tag === "ready";
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-3 rounded-lg border border-line bg-panel px-3.5 py-3">
      <Button kind="primary" icon="play" disabled={!loaded || run.tag === "running"} onClick={() => void start(theme)}>
        Run
      </Button>
      <div className="w-36">
        <Select label="Kill it after" value={deadlineMs} onChange={(event) => wait(Number(event.target.value))}>
          {DEADLINES.map((each) => (
            <option key={each} value={each}>
              {each < 1_000 ? `${each} ms` : `${each / 1_000} s`}
            </option>
          ))}
        </Select>
      </div>
      <div className="min-w-40 grow pb-1">
        {run.tag === "running" ? (
          <Countdown since={run.since} deadlineMs={deadlineMs} />
        ) : (
          <p className="text-xs text-ink-2">{loaded ? stateOf(run) : readiness(ready)}</p>
        )}
      </div>
      <p role="status" className="sr-only">
        {run.tag === "running" || !loaded ? "" : stateOf(run)}
      </p>
    </div>
  );
}

function stateOf(run: Run): string {
  switch (run.tag) {
    case "idle":
    case "running":
      return "";
    case "failed":
      return run.error.message;
    case "done":
      return `Ended after ${run.outcome.timings.call.toFixed(1)} ms.`;
  }
}

function readiness(ready: ReturnType<typeof usePlayground.getState>["ready"]): string {
  switch (ready.tag) {
    case "starting":
      return "Making ready to run components…";
    case "ready":
      return `Ready to run components; that took ${Math.round(ready.tookMs)} ms. Choose one.`;
    case "failed":
      return "Not ready.";
  }
}

function Countdown({ since, deadlineMs }: { since: number; deadlineMs: number }) {
  const [left, setLeft] = useState(deadlineMs);
  useEffect(() => {
    let frame = 0;
    const tick = () => {
      setLeft(Math.max(0, deadlineMs - (performance.now() - since)));
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [since, deadlineMs]);
  return (
    <div role="timer" aria-label="Time until the component is killed" className="flex flex-col gap-1">
      <p className="text-xs text-ink">Running. It is killed in {(left / 1_000).toFixed(1)} s.</p>
      <div aria-hidden="true" className="h-1.5 overflow-hidden rounded-sm border border-line-strong bg-sunken">
        <div className="h-full bg-accent" style={{ width: `${(left / deadlineMs) * 100}%` }} />
      </div>
    </div>
  );
}
