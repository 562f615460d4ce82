// What the socket said, for every page: the state of the connection, the last snapshot, the history, and the views of
// watched widgets. Only `socket.ts` writes here.
import { create } from "zustand";
import type { Snapshot, View, WatchedWidget } from "@/api/types";
import { next, type Connection, type ConnectionEvent } from "./connection";
import { append, fill, pointOf, type History, type Point } from "./history";

/** What is known of a watched widget. A view stays when a later one fails: what failed is said beside it. */
export interface LiveView {
  view?: View;
  error?: { code: string; message: string };
}

interface LiveState {
  connection: Connection;
  snapshot: Snapshot | null;
  /** When the last snapshot came, by this browser's clock. */
  heardAt: number;
  history: History;
  views: Record<string, LiveView>;
  /** What is watched, in the words of the socket. */
  watched: WatchedWidget[];

  happened: (event: ConnectionEvent, now: number) => void;
  heard: (snapshot: Snapshot, now: number) => void;
  filled: (points: readonly Point[]) => void;
  drawn: (id: string, view: View) => void;
  failed: (id: string, error: { code: string; message: string }) => void;
  watch: (widgets: WatchedWidget[]) => void;
}

export const useLive = create<LiveState>((set) => ({
  connection: { state: "connecting" },
  snapshot: null,
  heardAt: 0,
  history: [],
  views: {},
  watched: [],

  happened: (event, now) =>
    set((state) => {
      const connection = next(state.connection, event, now);
      return connection === state.connection ? state : { connection };
    }),
  heard: (snapshot, now) =>
    set(({ history }) => ({ snapshot, heardAt: now, history: append(history, pointOf(snapshot)) })),
  filled: (points) => set(({ history }) => ({ history: fill(history, points) })),
  drawn: (id, view) => set(({ views }) => ({ views: { ...views, [id]: { view } } })),
  failed: (id, error) => set(({ views }) => ({ views: { ...views, [id]: { ...views[id], error } } })),
  // Views of what is no longer watched are dropped; those that stay are shown until the next one comes.
  watch: (watched) =>
    set(({ views }) => ({
      watched,
      views: Object.fromEntries(watched.flatMap(({ id }) => (views[id] === undefined ? [] : [[id, views[id]]]))),
    })),
}));
