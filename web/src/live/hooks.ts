"use client";
// How pages read what is live. Each hook renders again only when what it returns changes.
import { useEffect, useMemo } from "react";
import type { WatchedWidget } from "@/api/types";
import { courseOf, type Course } from "./history";
import { useLive, type LiveView } from "./store";

/** The course of one value over the last minutes, or of the sum of several; `modelKey` and `processKey` make keys. */
export function useCourse(...keys: string[]): Course {
  const history = useLive((state) => state.history);
  const all = keys.join("\n");
  return useMemo(() => courseOf(history, all === "" ? [] : all.split("\n")), [history, all]);
}

/** Watches these widgets as long as the component is there. `widgets` must keep its identity while nothing changes. */
export function useWatch(widgets: WatchedWidget[]): void {
  const watch = useLive((state) => state.watch);
  useEffect(() => watch(widgets), [watch, widgets]);
  useEffect(() => () => watch([]), [watch]);
}

/** What a watched widget shows, once it shows something. */
export function useLiveView(id: string): LiveView | undefined {
  return useLive((state) => state.views[id]);
}
