"use client";
// An output for people: a widget's view as the board draws it, an analyzer's findings as the overview lists them, a
// pass's patch in numbers.
import type { components } from "@/api/generated";
import type { Opportunity, View } from "@/api/types";
import { EmptyState } from "@/components/ui/states";
import { OpportunityItem } from "@/features/overview/opportunity-item";
import type { RunInput } from "@/playground/kind";
import type { Json } from "@/playground/verify/json";
import { ViewTree } from "@/view";
import { Patch, type PatchJson } from "./patch";
import { Boundary } from "./boundary";

interface Props {
  kind: RunInput["tag"];
  name: string;
  input: RunInput;
  output: Json;
  at: number;
}

export function Drawn({ kind, name, input, output, at }: Props) {
  return (
    <Boundary key={at}>
      {kind === "widget" && input.tag === "widget" && (
        // Checked in the worker, like everything that is drawn here.
        <DrawnView view={output as unknown as View} viewport={input.val.viewport} name={name} />
      )}
      {kind === "analyzer" && <Findings found={output as unknown as Opportunity[]} analyzer={name} at={at} />}
      {kind === "optimization-pass" && input.tag === "optimization-pass" && (
        <Patch graph={input.val.graph} patch={output as unknown as PatchJson} />
      )}
    </Boundary>
  );
}

interface ViewProps {
  view: View;
  viewport: components["schemas"]["Viewport"];
  name: string;
}

function DrawnView({ view, viewport, name }: ViewProps) {
  return (
    <div
      role="region"
      aria-label={`What ${name} shows`}
      // It may be larger than the page, so it scrolls and takes the focus.

      tabIndex={0}
      className="w-fit max-w-full overflow-auto rounded-md border border-dashed border-line-strong"
    >
      <div className="box-content p-3" style={viewport}>
        <ViewTree view={view} />
      </div>
    </div>
  );
}

function Findings({ found, analyzer, at }: { found: Opportunity[]; analyzer: string; at: number }) {
  if (found.length === 0) {
    return (
      <EmptyState title="It found nothing" icon="check">
        <p>In this window the analyzer sees nothing that could be better. Most often that is so.</p>
      </EmptyState>
    );
  }
  return (
    <ul className="-m-3.5">
      {found.map((opportunity) => (
        <OpportunityItem key={opportunity.id} found={{ analyzer, firstSeen: at, lastSeen: at, opportunity }} />
      ))}
    </ul>
  );
}
