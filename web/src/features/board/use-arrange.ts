"use client";
// Moving and resizing a tile, by pointer or by arrow keys. While a pointer is down the change is shown and not kept.
import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import type { Place } from "./layout";

/** The height of a row and the gap between tiles, in CSS pixels. The grid in `board-grid.tsx` is drawn with them. */
export const ROW = 40;
export const GAP = 12;

export type Wanted = Partial<Omit<Place, "id">>;

interface Options {
  place: Place;
  /** The width of a column with its gap, in CSS pixels. */
  column: number;
  onPreview: (wanted: Wanted | null) => void;
  onDone: (wanted: Wanted) => void;
  /** A step of the keyboard, in columns and rows. */
  onStep: (columns: number, rows: number) => void;
}

/** The handlers of a handle that moves (`what` is "move") or resizes its tile. */
export function useArrange(what: "move" | "resize", { place, column, onPreview, onDone, onStep }: Options) {
  const drag = useRef<{ x: number; y: number; from: Place } | null>(null);

  const wanted = (event: PointerEvent): Wanted => {
    const { x, y, from } = drag.current ?? { x: event.clientX, y: event.clientY, from: place };
    const columns = Math.round((event.clientX - x) / column);
    const rows = Math.round((event.clientY - y) / (ROW + GAP));
    return changed(what, from, columns, rows);
  };

  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { x: event.clientX, y: event.clientY, from: place };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (drag.current !== null) onPreview(wanted(event));
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (drag.current === null) return;
      const done = wanted(event);
      drag.current = null;
      onPreview(null);
      onDone(done);
    },
    onPointerCancel: () => {
      drag.current = null;
      onPreview(null);
    },
    onKeyDown: (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      onStep(...step);
    },
  };
}

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function changed(what: "move" | "resize", from: Place, columns: number, rows: number): Wanted {
  return what === "move"
    ? { x: from.x + columns, y: from.y + rows }
    : { w: Math.max(1, from.w + columns), h: Math.max(1, from.h + rows) };
}
