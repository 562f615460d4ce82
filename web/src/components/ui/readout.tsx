// One live value: name, figures with unit, where it comes from, and under it whatever shows its course.
import type { ReactNode } from "react";
import type { Provenance } from "@/api/types";
import { NOTHING, type Quantity } from "@/format/quantity";
import { cx } from "@/lib/cx";
import { ProvenanceMark } from "./provenance";

interface Props {
  label: string;
  quantity: Quantity;
  provenance: Provenance;
  /** What is said instead of a value that is not there. */
  missing?: string;
  size?: "large" | "small";
  className?: string;
  children?: ReactNode;
}

export function Readout({
  label,
  quantity,
  provenance,
  missing = "no value",
  size = "large",
  className,
  children,
}: Props) {
  const empty = quantity.figures === NOTHING;
  return (
    <div className={cx("flex min-w-0 flex-col", className)}>
      <dt className="flex items-center gap-1.5 text-xs text-ink-2">
        <span className="truncate">{label}</span>
        <ProvenanceMark provenance={provenance} />
      </dt>
      <dd className="flex flex-col">
        <span
          className={cx(
            "flex items-baseline gap-1 font-medium tracking-tight whitespace-nowrap",
            size === "large" ? "text-2xl" : "text-lg",
            empty ? "text-ink-3" : "text-ink",
          )}
        >
          <span aria-hidden={empty}>{quantity.figures}</span>
          <span className="text-xs font-normal tracking-normal text-ink-3">{empty ? missing : quantity.suffix}</span>
        </span>
        {children}
      </dd>
    </div>
  );
}
