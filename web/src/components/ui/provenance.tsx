// Where a number comes from, shown with it. Measured is the rule and takes a dot; anything else is said in a word.
import type { Provenance } from "@/api/types";
import { cx } from "@/lib/cx";

const TITLES: Record<Provenance, string> = {
  measured: "Measured: read from a clock or a counter",
  estimated: "Estimated: computed from a model, or inside the bounds of a histogram's bucket",
  unavailable: "Unavailable: this machine cannot tell",
};

/** What is shown, where that is not the word itself. */
const SHORT: Partial<Record<Provenance, string>> = { estimated: "est." };

export function ProvenanceMark({ provenance, className }: { provenance: Provenance; className?: string }) {
  return (
    <span title={TITLES[provenance]} className={cx("inline-flex items-center text-2xs text-ink-3", className)}>
      {provenance === "measured" ? (
        <span aria-hidden="true" className="size-1.5 rounded-full bg-good" />
      ) : (
        <span aria-hidden="true" className="border-b border-dotted border-ink-3">
          {SHORT[provenance] ?? provenance}
        </span>
      )}
      <span className="sr-only">{provenance}</span>
    </span>
  );
}
