"use client";
// The board and the widgets that can be put on it: read from the server, changed there, and what to do when somebody
// else was faster.
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, ApiError, unwrap } from "@/api/client";
import type { components } from "@/api/generated";

export type Board = components["schemas"]["Board"];
export type BoardItem = components["schemas"]["BoardItem"];
export type WidgetInfo = components["schemas"]["WidgetInfo"];

export const board = queryOptions({
  queryKey: ["board"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/board", { signal })),
});

export const widgets = queryOptions({
  queryKey: ["widgets"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/widgets", { signal })),
});

/** Changes the board: shown at once, saved one after the other, taken back when one is refused. */
export function useChangeBoard() {
  const client = useQueryClient();
  const refused = useRef<Error | null>(null);
  const save = useMutation({
    mutationKey: ["board"],
    scope: { id: "board" },
    // The revision is read when it is this change's turn: the one before may have made a new one. Was that one refused,
    // then this change was made on a board that nobody has, and goes the same way.
    mutationFn: ({ items, after }: Change) => {
      if (refused.current !== null && refused.current !== after) throw refused.current;
      const revision = client.getQueryData(board.queryKey)?.revision ?? 0;
      return unwrap(api.PUT("/api/board", { body: { revision, items } }));
    },
    onSuccess: (saved) => {
      // A later change may be on the screen already: only the revision is news then.
      const last = client.isMutating({ mutationKey: ["board"] }) === 1;
      client.setQueryData(board.queryKey, (old) =>
        last || old === undefined ? saved : { ...old, revision: saved.revision },
      );
    },
    onError: (error) => {
      refused.current = error;
      return client.invalidateQueries({ queryKey: board.queryKey });
    },
  });

  /**
   * Changes the board as it is now: keys come faster than it is drawn, so what is drawn may be older. Returns the new
   * items, or null where `make` returned the very ones that it was given.
   */
  const change = (make: (items: BoardItem[]) => BoardItem[]): BoardItem[] | null => {
    const now = client.getQueryData(board.queryKey);
    if (now === undefined) return null;
    const items = make(now.items);
    if (items === now.items) return null;
    void client.cancelQueries({ queryKey: board.queryKey });
    client.setQueryData(board.queryKey, { ...now, items });
    save.mutate({ items, after: refused.current });
    return items;
  };
  return { change, error: save.error };
}

interface Change {
  items: BoardItem[];
  /** The last refusal that was known when the change was made. */
  after: Error | null;
}

/** Why the last change was not kept, in words. */
export function refusalOf(error: Error): string {
  const conflict = error instanceof ApiError && error.status === 409;
  return conflict
    ? "Somebody else changed the board at the same time. It is shown as they left it: make your change again."
    : error.message;
}
