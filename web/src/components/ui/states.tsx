// What is shown instead of data: nothing there yet, it failed, it is on its way. Each says what to do next.
import type { ReactNode } from "react";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";

interface EmptyProps {
  title: string;
  icon?: IconName;
  children?: ReactNode;
}

/** Nothing is there yet; the children say how to change that. */
export function EmptyState({ title, icon = "info", children }: EmptyProps) {
  return (
    <div className="flex flex-col items-start gap-2 rounded-lg border border-dashed border-line-strong p-5 sm:flex-row sm:gap-4">
      <Icon name={icon} className="mt-0.5 size-5 text-ink-3" />
      <div className="min-w-0">
        <p className="text-base font-medium text-ink">{title}</p>
        <div className="mt-1 flex max-w-2xl flex-col gap-2 text-ink-2">{children}</div>
      </div>
    </div>
  );
}

/** Something failed: what was tried, what came back, and a way to try again. */
export function ErrorState({
  title,
  error,
  retry,
}: {
  title: string;
  error: unknown;
  retry?: (() => void) | undefined;
}) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-bad bg-bad-soft p-4">
      <Icon name="warning" className="mt-0.5 text-bad" />
      <div className="min-w-0 grow">
        <p className="font-medium text-ink">{title}</p>
        <p className="mt-0.5 text-ink-2 [overflow-wrap:anywhere]">{message}</p>
        {retry !== undefined && (
          <Button className="mt-2" size="small" icon="refresh" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

/** The shape of what is on its way. Screen readers hear the label once. */
export function Loading({ label, lines = 3 }: { label: string; lines?: number }) {
  return (
    <div role="status" className="flex flex-col gap-2">
      <span className="sr-only">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} aria-hidden="true" className="h-4 animate-pulse rounded-sm bg-raised odd:w-11/12 even:w-3/4" />
      ))}
    </div>
  );
}
