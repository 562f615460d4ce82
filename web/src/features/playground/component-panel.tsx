"use client";
// Which component is tried: one of the registry, or a file; and what this browser found out about it.
import { Panel } from "@/components/ui/panel";
import { ErrorState, Loading } from "@/components/ui/states";
import { TrustError } from "@/playground/verify";
import { Unfit } from "@/playground/kind";
import { FilePicker } from "./drop";
import { PackagePicker } from "./package-picker";
import { usePlayground, type Chosen } from "./store";
import { SubjectFacts } from "./subject-facts";

export function ComponentPanel() {
  const chosen = usePlayground((state) => state.chosen);
  return (
    <Panel title="Component">
      <div className="flex flex-col gap-4">
        <PackagePicker />
        <FilePicker />
        <div aria-live="polite">
          {chosen.tag === "loading" && <Loading label={`Fetching and checking ${chosen.what}`} />}
          {chosen.tag === "failed" && <ErrorState title={titleOf(chosen)} error={chosen.error} />}
          {chosen.tag === "ready" && <SubjectFacts subject={chosen.subject} />}
        </div>
      </div>
    </Panel>
  );
}

function titleOf({ what, error }: Chosen & { tag: "failed" }): string {
  if (error instanceof TrustError) return `${what} was not run: nobody vouches for these bytes`;
  if (error instanceof Unfit) return `${what} cannot be run`;
  return `${what} could not be loaded`;
}
