// Where a number comes from, shown with it. Measured is the rule and takes a dot; an estimate says so in a word.
import type { Provenance } from "@/api/types";
import { cx } from "@/lib/cx";

const TITLES: Record<Provenance, string> = {
  measured: "Measured: read from a clock or a counter",
  estimated: "Estimated: computed from a model, or inside the bounds of a histogram's bucket",
  unavailable: "Unavailable: this machine cannot tell",
};

export function ProvenanceMark({ provenance, className }: { provenance: Provenance; className?: string }) {
  return (
    <span title={TITLES[provenance]} className={cx("inline-flex items-center text-2xs text-ink-3", className)}>
      {provenance === "measured" ? (
        <>
          <span aria-hidden="true" className="size-1.5 rounded-full bg-good" />
          <span className="sr-only">measured</span>
        </>
      ) : (
        <span className="rounded-sm border border-line-strong px-1">{provenance}</span>
      )}
    </span>
  );
}
