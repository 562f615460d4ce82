// One number, large, with its unit, where it comes from, and its course. No value is never shown as zero.
import type { Stat as StatNode } from "@/api/types";
import { Sparkline } from "@/charts/sparkline";
import { TONE_ICON, TONE_TEXT } from "@/components/ui/badge";
import { Icon } from "@/components/ui/icon";
import { ProvenanceMark } from "@/components/ui/provenance";
import { quantity } from "@/format/quantity";
import { cx } from "@/lib/cx";

export function Stat({ label, value, unit, provenance, tone, trend }: StatNode) {
  const { figures, suffix } = quantity(value, unit);
  const icon = TONE_ICON[tone];
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <p className="flex items-center gap-1.5 text-xs text-ink-2">
        <span className="truncate">{label}</span>
        <ProvenanceMark provenance={provenance} />
      </p>
      <p className={cx("flex items-baseline gap-1 text-2xl font-medium tracking-tight", TONE_TEXT[tone])}>
        {icon !== undefined && <Icon name={icon} className="size-4 self-center" />}
        <span>{figures}</span>
        {figures === "–" && <span className="sr-only">no value</span>}
        <span className="text-sm font-normal tracking-normal text-ink-3">{suffix}</span>
      </p>
      {trend.length > 1 && <Sparkline values={trend} className={cx("h-7 w-full", TONE_TEXT[tone])} />}
    </div>
  );
}
