"use client";
// The gallery: every installed widget, to put one on the board.
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { EmptyState, ErrorState } from "@/components/ui/states";
import type { WidgetInfo } from "./queries";

interface Props {
  open: boolean;
  widgets: WidgetInfo[] | undefined;
  error: Error | null;
  onAdd: (widget: WidgetInfo) => void;
  onClose: () => void;
}

export function Gallery({ open, widgets, error, onAdd, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title="Add a widget">
      {error !== null && <ErrorState title="The widgets could not be read" error={error} />}
      {widgets?.length === 0 && <NoWidgets />}
      <ul className="flex flex-col gap-2">
        {widgets?.map((widget) => (
          <li key={widget.name} className="flex items-center gap-3 rounded-md border border-line p-3">
            <div className="min-w-0 grow">
              <p className="truncate font-medium text-ink">
                {widget.name} <span className="text-xs font-normal text-ink-3">{widget.version}</span>
              </p>
              <p className="text-xs text-ink-2">{widget.description}</p>
              {typeof widget.problem === "string" && <p className="text-xs text-bad">{widget.problem}</p>}
            </div>
            <Button size="small" icon="plus" label={`Add ${widget.name}`} onClick={() => onAdd(widget)}>
              Add
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** No widget is there: what to do about it. */
export function NoWidgets() {
  return (
    <EmptyState title="No widget is installed" icon="grid">
      <p>
        Widgets draw what the server measures.{" "}
        <Link href="/marketplace/?kind=widget" prefetch={false} className="text-accent underline">
          Find one in the marketplace
        </Link>
        , or write one: <code>inferno plugin new --kind widget you/your-widget</code>
      </p>
    </EmptyState>
  );
}
