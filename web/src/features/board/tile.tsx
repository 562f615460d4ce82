"use client";
// A tile: the live view of one widget, and while the board is arranged its handles. What fails in one tile stays there.
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Loading } from "@/components/ui/states";
import { cx } from "@/lib/cx";
import { useLiveView } from "@/live";
import { ViewTree } from "@/view";
import { useArrange, type Wanted } from "./use-arrange";
import type { BoardItem, WidgetInfo } from "./queries";

export interface TileActions {
  onPreview: (id: string, wanted: Wanted | null) => void;
  onPlace: (id: string, wanted: Wanted) => void;
  onNudge: (id: string, columns: number, rows: number) => void;
  onGrow: (id: string, columns: number, rows: number) => void;
  onConfigure: (id: string) => void;
  onRemove: (id: string) => void;
}

interface Props {
  item: BoardItem;
  /** Absent while the list loads, and where the widget is not installed any more. */
  widget: WidgetInfo | undefined;
  known: boolean;
  arranging: boolean;
  column: number;
  actions: TileActions;
  measure: (element: HTMLElement | null) => void;
}

export function Tile({ item, widget, known, arranging, column, actions, measure }: Props) {
  return (
    <section
      aria-label={nameOf(item)}
      className={cx(
        "relative flex h-full min-w-0 flex-col overflow-hidden rounded-lg border bg-panel",
        arranging ? "border-line-strong" : "border-line",
      )}
    >
      <header className="flex h-9 shrink-0 items-center gap-1 border-b border-line px-3">
        <h2 className="min-w-0 grow truncate text-xs font-medium text-ink-2" title={widget?.description}>
          {nameOf(item)}
        </h2>
        {arranging && <Handles item={item} column={column} actions={actions} />}
      </header>
      <div ref={measure} className="min-h-0 grow overflow-auto p-3">
        {widget === undefined && known ? <Missing name={item.widget} /> : <Live id={item.id} />}
      </div>
    </section>
  );
}

function Handles({ item, column, actions }: { item: BoardItem; column: number; actions: TileActions }) {
  const common = {
    place: item,
    column,
    onPreview: (wanted: Wanted | null) => actions.onPreview(item.id, wanted),
    onDone: (wanted: Wanted) => actions.onPlace(item.id, wanted),
  };
  const move = useArrange("move", { ...common, onStep: (x, y) => actions.onNudge(item.id, x, y) });
  const resize = useArrange("resize", { ...common, onStep: (x, y) => actions.onGrow(item.id, x, y) });
  const name = nameOf(item);
  return (
    <>
      <Button
        {...move}
        kind="quiet"
        size="small"
        icon="move"
        label={`Move ${name}: arrow keys, or drag`}
        className="cursor-grab touch-none"
      />
      <Button
        kind="quiet"
        size="small"
        icon="sliders"
        label={`Configure ${name}`}
        onClick={() => actions.onConfigure(item.id)}
      />
      <Button
        kind="quiet"
        size="small"
        icon="trash"
        label={`Take ${name} off the board`}
        onClick={() => actions.onRemove(item.id)}
      />
      <button
        {...resize}
        type="button"
        aria-label={`Resize ${name}: arrow keys, or drag`}
        title={`Resize ${name}`}
        className="absolute right-0 bottom-0 z-10 flex size-6 cursor-nwse-resize touch-none items-end justify-end rounded-md bg-raised p-1 text-ink-2"
      >
        <svg viewBox="0 0 8 8" className="size-3" aria-hidden="true" stroke="currentColor" fill="none">
          <path d="M7.5 1.5l-6 6M7.5 4.5l-3 3" />
        </svg>
      </button>
    </>
  );
}

function Live({ id }: { id: string }) {
  const live = useLiveView(id);
  if (live === undefined) return <Loading label="Waiting for the widget" />;
  return (
    <div className="flex h-full min-h-0 flex-col gap-2">
      {live.error !== undefined && (
        <p role="status" className="flex items-start gap-1.5 text-xs text-bad">
          <Icon name="warning" className="mt-px size-3.5" />
          <span className="min-w-0 [overflow-wrap:anywhere]">{live.error.message}</span>
        </p>
      )}
      {live.view !== undefined && (
        <div className={cx("min-h-0 grow", live.error !== undefined && "opacity-60")}>
          <ViewTree view={live.view} />
        </div>
      )}
    </div>
  );
}

function Missing({ name }: { name: string }) {
  return (
    <p className="text-sm text-ink-2">
      <code>{name}</code> is not installed, or switched off. Install it or switch it on, and it shows here again; or
      take it off the board.
    </p>
  );
}

/** What a tile is called: the widget's name without its publisher. */
export function nameOf(item: Pick<BoardItem, "widget">): string {
  return item.widget.split("/")[1] ?? item.widget;
}
