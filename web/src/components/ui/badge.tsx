// A word with a meaning. The tone has a sign of its own, so that colour is never the only one.
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Icon, type IconName } from "./icon";

export type Tone = "neutral" | "accent" | "good" | "warn" | "bad";

export const TONE_TEXT: Record<Tone, string> = {
  neutral: "text-ink",
  accent: "text-accent",
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
};

const TONE_BOX: Record<Tone, string> = {
  neutral: "border-line-strong bg-raised text-ink-2",
  accent: "border-accent bg-accent-soft text-accent",
  good: "border-good bg-good-soft text-good",
  warn: "border-warn bg-warn-soft text-warn",
  bad: "border-bad bg-bad-soft text-bad",
};

export const TONE_ICON: Partial<Record<Tone, IconName>> = { good: "check", warn: "warning", bad: "cross" };

export function Badge({ tone = "neutral", icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  const sign = icon ?? TONE_ICON[tone];
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 rounded-sm border px-1.5 py-px text-2xs font-medium whitespace-nowrap",
        TONE_BOX[tone],
      )}
    >
      {sign !== undefined && <Icon name={sign} className="size-3" />}
      {children}
    </span>
  );
}
