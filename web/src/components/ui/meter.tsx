// How full something is: a bar from 0 to 1, which warns before it is full.
import { cx } from "@/lib/cx";

export function Meter({ value, label }: { value: number; label: string }) {
  const part = Math.min(1, Math.max(0, value));
  const tone = part >= 0.95 ? "bg-bad" : part >= 0.8 ? "bg-warn" : "bg-accent";
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={part}
      className="mt-1 h-2 overflow-hidden rounded-sm border border-line-strong bg-sunken"
    >
      <div className={cx("h-full", tone)} style={{ width: `${part * 100}%` }} />
    </div>
  );
}
