"use client";
// The playground: try a component on data, in this browser, with the very bytes that a server would run.
import { useEffect } from "react";
import { PageHeader } from "@/components/ui/page-header";
import { ErrorState } from "@/components/ui/states";
import { useTheme } from "@/lib/theme";
import { ComponentPanel } from "./component-panel";
import { DropAnywhere } from "./drop";
import { InputPanel } from "./input-panel";
import { OutputPanel } from "./output-panel";
import { RunBar } from "./run-bar";
import { ServerPanel } from "./server-panel";
import { Share } from "./share-button";
import { usePlayground } from "./store";
import { TimingsPanel } from "./timings-panel";
import { useAddress } from "./use-address";

/** A change is tried when it is followed by none for so long. */
const PAUSE_MS = 250;

export function Playground() {
  const prepare = usePlayground((state) => state.prepare);
  const ready = usePlayground((state) => state.ready);
  useEffect(prepare, [prepare]);
  const lost = useAddress();
  useRunOnChange();
  return (
    <DropAnywhere>
      <PageHeader
        title="Playground"
        about="Run a component here, in this browser: the same bytes, checked and confined, on data that you choose."
      >
        <Share />
      </PageHeader>
      {ready.tag === "failed" && <ErrorState title="Components cannot be run in this browser" error={ready.error} />}
      {lost !== null && <ErrorState title="The link could not be read" error={lost} />}
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,26rem)_minmax(0,1fr)] 3xl:grid-cols-[minmax(0,34rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <ComponentPanel />
          <InputPanel />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <RunBar />
          <OutputPanel />
          <ServerPanel />
          <TimingsPanel />
        </div>
      </div>
    </DropAnywhere>
  );
}

/** Runs again when what goes in changes, but never what had to be killed. */
function useRunOnChange(): void {
  const theme = useTheme((state) => state.theme);
  const { chosen, source, settings, viewport, start } = usePlayground();
  useEffect(() => {
    if (chosen.tag !== "ready" || source === null) return;
    const { run } = usePlayground.getState();
    const killed = run.tag === "failed" && "fault" in run.error && isKill(run.error.fault);
    if (killed) return;
    const timer = setTimeout(() => void start(theme), run.tag === "idle" ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [chosen, source, settings, viewport, theme, start]);
}

function isKill(fault: unknown): boolean {
  return typeof fault === "object" && fault !== null && "tag" in fault && fault.tag === "killed";
}
