"use client";
// One installed plugin.
import type { PluginInfo } from "@/api/types";
import { PluginStateBadge, stateReason } from "@/components/plugin-state";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { Grants } from "./grants";
import { PluginActions } from "./plugin-actions";
import { PluginFigures } from "./plugin-figures";

const KINDS: Record<string, string> = {
  "optimization-pass": "optimization pass",
  widget: "widget",
  analyzer: "analyzer",
};

export function PluginItem({ plugin }: { plugin: PluginInfo }) {
  const reason = stateReason(plugin.state);
  const troubled = plugin.state.tag !== "active" && plugin.state.tag !== "disabled";
  return (
    <li className="flex min-w-0 flex-col rounded-lg border border-line bg-panel">
      <div className="flex flex-col gap-1 px-3.5 pt-3 pb-2.5">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h2 className="text-base font-semibold text-ink [overflow-wrap:anywhere]">{plugin.name}</h2>
          {plugin.version && <span className="text-ink-2">{plugin.version}</span>}
          {plugin.kind && <span className="text-xs text-ink-3">{KINDS[plugin.kind] ?? plugin.kind}</span>}
          <span className="ml-auto flex gap-1.5">
            {plugin.needsRestart && <Badge icon="refresh">After a restart</Badge>}
            <PluginStateBadge state={plugin.state} />
          </span>
        </div>
        {plugin.description !== "" && <p className="text-ink-2">{plugin.description}</p>}
        {reason !== null && (
          <p role={troubled ? "alert" : undefined} className="text-xs text-ink-2 [overflow-wrap:anywhere]">
            {reason}
          </p>
        )}
      </div>
      <PluginFigures stats={plugin.stats} />
      <Grants requested={plugin.requested} granted={plugin.granted} />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-line px-3.5 py-2">
        <p className="flex min-w-0 items-center gap-1 text-xs text-ink-3">
          {plugin.signer ? `signed by ${plugin.signer}` : "signer unknown"}
          {plugin.digest && (
            <>
              <code title={plugin.digest} className="truncate">
                · {plugin.digest.slice(0, 19)}…
              </code>
              <CopyButton text={plugin.digest} what={`digest of ${plugin.name}`} />
            </>
          )}
        </p>
        <PluginActions plugin={plugin} />
      </div>
    </li>
  );
}
