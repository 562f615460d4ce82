// How a plugin behaves since the server started: all of it measured.
import type { PluginInfo } from "@/api/types";
import { compact } from "@/format/number";
import { text } from "@/format/quantity";
import { cx } from "@/lib/cx";

export function PluginFigures({ stats }: { stats: PluginInfo["stats"] }) {
  const seconds = (ms: number | null | undefined) =>
    text(ms === null || ms === undefined ? null : ms / 1000, "seconds");
  return (
    <>
      <dl className="grid grid-cols-3 gap-x-4 gap-y-1.5 border-t border-line px-3.5 py-2.5 sm:grid-cols-6">
        <Figure name="Calls" value={compact(stats.calls)} />
        <Figure name="Faults" value={compact(stats.faults)} tone={stats.faults > 0 ? "text-bad" : undefined} />
        <Figure name="Denied" value={compact(stats.denials)} tone={stats.denials > 0 ? "text-warn" : undefined} />
        <Figure name="Mean" value={seconds(stats.meanMs)} />
        <Figure name="Last" value={seconds(stats.lastMs)} />
        <Figure name="Peak memory" value={text(stats.peakMemoryBytes, "bytes")} />
      </dl>
      {stats.lastFault && (
        <p className="px-3.5 pb-2.5 text-xs text-ink-2 [overflow-wrap:anywhere]">
          <span className="text-ink-3">Last fault: </span>
          {stats.lastFault}
        </p>
      )}
    </>
  );
}

function Figure({ name, value, tone }: { name: string; value: string; tone?: string | undefined }) {
  return (
    <div className="min-w-0">
      <dt className="text-2xs whitespace-nowrap text-ink-3">{name}</dt>
      <dd className={cx("font-medium whitespace-nowrap", tone ?? "text-ink")}>{value}</dd>
    </div>
  );
}
