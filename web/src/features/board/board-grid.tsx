"use client";
// The grid of tiles: twelve columns where there is room, one column in reading order where there is not.
import { useCallback, useMemo, useRef, useState } from "react";
import { useSize } from "@/charts/use-size";
import { useTheme } from "@/lib/theme";
import { useWatch } from "@/live";
import type { WatchedWidget } from "@/api/types";
import { COLUMNS, put, reading } from "./layout";
import type { BoardItem, WidgetInfo } from "./queries";
import { Tile, type TileActions } from "./tile";
import { GAP, ROW, type Wanted } from "./use-arrange";

/** Below this width, in CSS pixels, tiles stand below each other. */
const NARROW = 700;

interface Props {
  items: BoardItem[];
  widgets: WidgetInfo[] | undefined;
  arranging: boolean;
  actions: Omit<TileActions, "onPreview">;
}

export function BoardGrid({ items, widgets, arranging, actions }: Props) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const [preview, setPreview] = useState<{ id: string; wanted: Wanted } | null>(null);
  const narrow = width < NARROW;
  const shown = reading(preview === null ? items : put(items, preview.id, preview.wanted));
  const [sizes, measure] = useSizes();
  useWatched(items, widgets, sizes, narrow);

  const all: TileActions = {
    ...actions,
    onPreview: (id, wanted) => setPreview(wanted === null ? null : { id, wanted }),
  };
  return (
    <div
      ref={ref}
      className="grid"
      style={{
        gap: GAP,
        gridTemplateColumns: `repeat(${narrow ? 1 : COLUMNS}, minmax(0, 1fr))`,
        gridAutoRows: narrow ? "auto" : ROW,
      }}
    >
      {width > 0 &&
        shown.map((item) => (
          <div
            key={item.id}
            className="min-w-0"
            style={
              narrow
                ? { minHeight: item.h * (ROW + GAP) - GAP, display: "grid" }
                : { gridColumn: `${item.x + 1} / span ${item.w}`, gridRow: `${item.y + 1} / span ${item.h}` }
            }
          >
            <Tile
              item={items.find((each) => each.id === item.id) ?? item}
              widget={widgets?.find((each) => each.name === item.widget)}
              known={widgets !== undefined}
              arranging={arranging}
              column={(width + GAP) / COLUMNS}
              actions={all}
              measure={measure(item.id)}
            />
          </div>
        ))}
    </div>
  );
}

type Sizes = Record<string, { width: number; height: number }>;

/** The space that each tile has, rounded so that a pixel more or less draws nothing anew. */
function useSizes(): [Sizes, (id: string) => (element: HTMLElement | null) => void] {
  const [sizes, setSizes] = useState<Sizes>({});
  const refs = useRef(new Map<string, (element: HTMLElement | null) => void>());
  const measure = useCallback((id: string) => {
    const known = refs.current.get(id);
    if (known !== undefined) return known;
    let observer: ResizeObserver | null = null;
    const attach = (element: HTMLElement | null) => {
      observer?.disconnect();
      if (element === null) return;
      observer = new ResizeObserver(([entry]) => {
        if (entry === undefined) return;
        const size = { width: rounded(entry.contentRect.width), height: rounded(entry.contentRect.height) };
        setSizes((old) => {
          const before = old[id];
          return before?.width === size.width && before.height === size.height ? old : { ...old, [id]: size };
        });
      });
      observer.observe(element);
    };
    refs.current.set(id, attach);
    return attach;
  }, []);
  return [sizes, measure];
}

function rounded(pixels: number): number {
  return Math.max(10, Math.floor(pixels / 10) * 10);
}

/** Has the server draw what is on the board, for the space and the theme that it is shown in. */
function useWatched(items: BoardItem[], widgets: WidgetInfo[] | undefined, sizes: Sizes, narrow: boolean): void {
  const theme = useTheme((state) => state.theme);
  const watched = useMemo(
    () =>
      items.flatMap(({ id, widget, settings, h }): WatchedWidget[] => {
        const size = sizes[id];
        // Below each other, tiles grow with what they show: they are told the height that they have on a wide screen.
        const viewport = size !== undefined && narrow ? { ...size, height: rounded(h * (ROW + GAP)) } : size;
        const installed = widgets?.some((each) => each.name === widget) ?? false;
        return viewport === undefined || !installed ? [] : [{ id, widget, settings: settings ?? {}, viewport, theme }];
      }),
    [items, widgets, sizes, narrow, theme],
  );
  useWatch(watched);
}
