"use client";
// How the installed plugins are, one line each; the troubled ones first.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { plugins } from "@/api/queries";
import type { PluginInfo } from "@/api/types";
import { PluginStateBadge } from "@/components/plugin-state";
import { Panel } from "@/components/ui/panel";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { compact } from "@/format/number";
import { text } from "@/format/quantity";

const TROUBLE = ["refused", "quarantined", "suspended", "active", "disabled"];

export function PluginsPanel() {
  const installed = useQuery(plugins);
  return (
    <Panel
      title="Plugins"
      note="since the server started"
      flush
      actions={
        <Link href="/plugins/" prefetch={false} className="rounded-sm text-xs text-accent underline">
          All plugins
        </Link>
      }
    >
      {installed.isPending && (
        <div className="p-3.5">
          <Loading label="Loading plugins" />
        </div>
      )}
      {installed.isError && (
        <div className="p-3.5">
          <ErrorState
            title="Plugins could not be read"
            error={installed.error}
            retry={() => void installed.refetch()}
          />
        </div>
      )}
      {installed.data?.length === 0 && (
        <div className="p-3.5">
          <EmptyState title="No plugin is installed" icon="plug">
            <p>
              Passes make models faster, widgets show, analyzers advise.{" "}
              <Link href="/marketplace/" prefetch={false} className="text-accent underline">
                Look into the marketplace
              </Link>
              , or write one: <code>inferno plugin new --kind widget my-widget</code>
            </p>
          </EmptyState>
        </div>
      )}
      {installed.data !== undefined && installed.data.length > 0 && (
        <ul>
          {sorted(installed.data).map((plugin) => (
            <Line key={plugin.name} plugin={plugin} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function sorted(installed: PluginInfo[]): PluginInfo[] {
  const trouble = ({ state }: PluginInfo) => TROUBLE.indexOf(state.tag);
  return [...installed].sort((a, b) => trouble(a) - trouble(b) || a.name.localeCompare(b.name));
}

function Line({ plugin }: { plugin: PluginInfo }) {
  const { calls, faults, meanMs } = plugin.stats;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-b border-line px-3.5 py-2 last:border-0">
      <span className="min-w-0 grow truncate text-ink" title={plugin.name}>
        {plugin.name} <span className="text-xs text-ink-3">{plugin.kind}</span>
      </span>
      <span className="text-xs whitespace-nowrap text-ink-2">
        {compact(calls)} {calls === 1 ? "call" : "calls"}
        {meanMs !== undefined && meanMs !== null && `, ${text(meanMs / 1000, "seconds")} each`}
      </span>
      {faults > 0 && (
        <span className="text-xs whitespace-nowrap text-bad">
          {faults} {faults === 1 ? "fault" : "faults"}
        </span>
      )}
      <PluginStateBadge state={plugin.state} />
    </li>
  );
}
