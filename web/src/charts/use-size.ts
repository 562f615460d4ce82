"use client";
// The size of an element in whole CSS pixels, as the layout gives it. Zero until it is known, and in the export.
import { useCallback, useState, useRef } from "react";

export interface Size {
  width: number;
  height: number;
}

export function useSize<E extends Element>(): [(element: E | null) => void, Size] {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const observer = useRef<ResizeObserver | null>(null);
  const attach = useCallback((element: E | null) => {
    observer.current?.disconnect();
    if (element === null || typeof ResizeObserver === "undefined") return;
    observer.current = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const width = Math.floor(entry.contentRect.width);
      const height = Math.floor(entry.contentRect.height);
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    });
    observer.current.observe(element);
  }, []);
  return [attach, size];
}
