// A panel: a titled region of the page.
import { useId, type ReactNode } from "react";
import { cx } from "@/lib/cx";

interface Props {
  title: ReactNode;
  /** A short remark beside the title. */
  note?: ReactNode;
  /** Controls at the right of the title. */
  actions?: ReactNode;
  /** Without padding: tables and drawings reach the edge. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, note, actions, flush = false, className, children }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={cx("flex min-w-0 flex-col rounded-lg border border-line bg-panel", className)}
    >
      <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3.5 py-1.5">
        <h2 id={id} className="text-sm font-semibold text-ink">
          {title}
        </h2>
        {note !== undefined && <span className="text-xs text-ink-3">{note}</span>}
        {actions !== undefined && <div className="ml-auto flex items-center gap-1.5">{actions}</div>}
      </div>
      <div className={cx("min-w-0 grow", !flush && "p-3.5")}>{children}</div>
    </section>
  );
}
