// The head of a page: its only h1, a line that says what the page is for, and its controls.
import type { ReactNode } from "react";

export function PageHeader({ title, about, children }: { title: ReactNode; about?: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex flex-wrap items-end gap-x-6 gap-y-2">
      <div className="min-w-0 grow">
        <h1 className="text-xl font-semibold tracking-tight text-ink">{title}</h1>
        {about !== undefined && <p className="mt-0.5 max-w-3xl text-ink-2">{about}</p>}
      </div>
      {children !== undefined && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}
