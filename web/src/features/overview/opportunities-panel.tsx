"use client";
// What analyzers found, most urgent first; or what to do so that something can be found.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { opportunities, plugins } from "@/api/queries";
import type { FoundOpportunity, Opportunity } from "@/api/types";
import { Panel } from "@/components/ui/panel";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { OpportunityItem } from "./opportunity-item";

const URGENCY: Opportunity["severity"][] = ["high", "medium", "low", "info"];

export function OpportunitiesPanel() {
  const found = useQuery(opportunities);
  return (
    <Panel title="Opportunities" note="what could be better, with evidence" flush>
      {found.isPending && (
        <div className="p-3.5">
          <Loading label="Loading opportunities" />
        </div>
      )}
      {found.isError && (
        <div className="p-3.5">
          <ErrorState title="Opportunities could not be read" error={found.error} retry={() => void found.refetch()} />
        </div>
      )}
      {found.data !== undefined &&
        (found.data.length === 0 ? (
          <div className="p-3.5">
            <NothingFound />
          </div>
        ) : (
          <ul>
            {sorted(found.data).map((each) => (
              <OpportunityItem key={`${each.analyzer} ${each.opportunity.id}`} found={each} />
            ))}
          </ul>
        ))}
    </Panel>
  );
}

function sorted(found: FoundOpportunity[]): FoundOpportunity[] {
  const urgency = ({ opportunity }: FoundOpportunity) => URGENCY.indexOf(opportunity.severity);
  return [...found].sort((a, b) => urgency(a) - urgency(b) || a.firstSeen - b.firstSeen);
}

function NothingFound() {
  const { data } = useQuery(plugins);
  const analyzers = data?.filter((plugin) => plugin.kind === "analyzer" && plugin.state.tag === "active") ?? [];
  if (data !== undefined && analyzers.length === 0) {
    return (
      <EmptyState title="No analyzer runs" icon="bulb">
        <p>
          Analyzers look at the metrics and say what could be better.{" "}
          <Link href="/marketplace/?kind=analyzer" prefetch={false} className="text-accent underline">
            Find one in the marketplace
          </Link>
          , or install one: <code>inferno plugin install inferno/kv-pressure</code>
        </p>
      </EmptyState>
    );
  }
  const blind = analyzers.filter(({ requested, granted }) => granted.length < requested.length);
  if (blind.length > 0) {
    return (
      <EmptyState title="Analyzers may not see what they ask for" icon="key">
        <p>
          {blind.map(({ name }) => name).join(", ")} {blind.length === 1 ? "was" : "were"} not granted every metric, and
          little can be found without.{" "}
          <Link href="/plugins/" prefetch={false} className="text-accent underline">
            See what is missing
          </Link>
          .
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing found" icon="check">
      <p>
        {analyzers.length === 1 ? "One analyzer looks" : `${analyzers.length} analyzers look`} every 10 seconds. What
        they find appears here.
      </p>
    </EmptyState>
  );
}
