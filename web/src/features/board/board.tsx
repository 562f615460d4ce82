"use client";
// The board: installed widgets on a grid, drawn anew every second. It belongs to the server and is the same for all who
// look at it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import type { Settings } from "@/features/settings/schema";
import { BoardGrid } from "./board-grid";
import { Configure } from "./configure";
import { Gallery, NoWidgets } from "./gallery";
import { add, grow, nudge, put, remove } from "./layout";
import { board, refusalOf, useChangeBoard, widgets, type BoardItem, type WidgetInfo } from "./queries";
import { nameOf } from "./tile";

type Make = (items: BoardItem[]) => BoardItem[];

/** What a new tile takes. */
const SIZE = { w: 6, h: 8 };

export function Board() {
  const kept = useQuery(board);
  const installed = useQuery(widgets);
  const save = useChangeBoard();
  const [arranging, setArranging] = useState(false);
  const [adding, setAdding] = useState(false);
  const [configured, setConfigured] = useState<string | null>(null);
  const [said, setSaid] = useState("");

  const items = kept.data?.items ?? NONE;
  const change = (make: Make, words: string) => {
    if (save.change(make) !== null) setSaid(words);
  };
  const place = (id: string, make: Make) => {
    const placed = save.change((now) => {
      const made = make(now);
      return same(made, now) ? now : made;
    });
    const tile = placed?.find((item) => item.id === id);
    if (tile !== undefined) setSaid(whereabouts(tile));
  };
  const insert = ({ name }: WidgetInfo) => {
    const item = { widget: name, x: 0, y: 0, ...SIZE, settings: {} };
    change((now) => add(now, { id: freeId(now), ...item }), `${nameOf(item)} is on the board`);
    setAdding(false);
  };
  const configure = (id: string, settings: Settings) => {
    const set = settings as BoardItem["settings"];
    change(
      (now) => now.map((item) => (item.id === id && set !== undefined ? { ...item, settings: set } : item)),
      "The settings are kept",
    );
    setConfigured(null);
  };
  const tile = items.find((item) => item.id === configured);
  const widget = installed.data?.find((each) => each.name === tile?.widget);

  return (
    <>
      <PageHeader
        title="Board"
        about="Installed widgets, drawn by the server every second. Saved for all who look at it."
      >
        {items.length > 0 && (
          <Button icon={arranging ? "check" : "move"} aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
            {arranging ? "Done" : "Arrange"}
          </Button>
        )}
        <Button kind="primary" icon="plus" disabled={kept.data === undefined} onClick={() => setAdding(true)}>
          Add widget
        </Button>
      </PageHeader>
      <p role="status" className="sr-only">
        {said}
      </p>
      {save.error !== null && <ErrorState title="The change was not kept" error={new Error(refusalOf(save.error))} />}
      {kept.isPending && <Loading label="Loading the board" lines={6} />}
      {kept.isError && (
        <ErrorState title="The board could not be read" error={kept.error} retry={() => void kept.refetch()} />
      )}
      {kept.data !== undefined && items.length === 0 && (
        <Empty widgets={installed.data} onAdd={() => setAdding(true)} />
      )}
      {items.length > 0 && (
        <BoardGrid
          items={items}
          widgets={installed.data}
          arranging={arranging}
          actions={{
            onPlace: (id, wanted) => place(id, (now) => put(now, id, wanted)),
            onNudge: (id, columns, rows) => place(id, (now) => nudge(now, id, columns, rows)),
            onGrow: (id, columns, rows) => place(id, (now) => grow(now, id, columns, rows)),
            onConfigure: setConfigured,
            onRemove: (id) => change((now) => remove(now, id), "The widget is off the board"),
          }}
        />
      )}
      <Gallery
        open={adding}
        widgets={installed.data}
        error={installed.error}
        onAdd={insert}
        onClose={() => setAdding(false)}
      />
      {tile !== undefined && widget !== undefined && (
        <Configure
          item={tile}
          widget={widget}
          onSave={(settings) => configure(tile.id, settings)}
          onClose={() => setConfigured(null)}
        />
      )}
    </>
  );
}

const NONE: BoardItem[] = [];

/** An id that no tile has. */
function freeId(items: readonly BoardItem[]): string {
  for (let number = items.length + 1; ; number += 1) {
    const id = `tile-${number}`;
    if (!items.some((item) => item.id === id)) return id;
  }
}

/** Where a tile lies, in words. */
function whereabouts(item: BoardItem): string {
  const { x, y, w, h } = item;
  return `${nameOf(item)}: column ${x + 1}, row ${y + 1}, ${w} columns wide, ${h} rows high`;
}

function same(a: readonly BoardItem[], b: readonly BoardItem[]): boolean {
  const find = (id: string) => b.find((item) => item.id === id);
  return a.every((item) => {
    const other = find(item.id);
    return (["x", "y", "w", "h"] as const).every((key) => item[key] === other?.[key]);
  });
}

function Empty({ widgets: installed, onAdd }: { widgets: WidgetInfo[] | undefined; onAdd: () => void }) {
  if (installed?.length === 0) return <NoWidgets />;
  return (
    <EmptyState title="Nothing is on the board yet" icon="grid">
      <p>Put widgets here to watch what matters to you. Each can be moved, resized and configured.</p>
      <div>
        <Button icon="plus" onClick={onAdd}>
          Add the first one
        </Button>
      </div>
    </EmptyState>
  );
}
