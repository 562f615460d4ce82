"use client";
// The board and the widgets that can be put on it: read from the server, changed there, and what to do when somebody
// else was faster.
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
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

/** Keeps changes of the board: shown at once, saved one after the other, taken back when they are refused. */
export function useSaveBoard() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: ["board"],
    scope: { id: "board" },
    // The revision is read when it is this change's turn: the one before may have made a new one.
    mutationFn: (items: BoardItem[]) => {
      const revision = client.getQueryData(board.queryKey)?.revision ?? 0;
      return unwrap(api.PUT("/api/board", { body: { revision, items } }));
    },
    onMutate: async (items) => {
      await client.cancelQueries({ queryKey: board.queryKey });
      client.setQueryData(board.queryKey, (old) => (old === undefined ? old : { ...old, items }));
    },
    onSuccess: (saved) => {
      // A later change may be on the screen already: only the revision is news then.
      const last = client.isMutating({ mutationKey: ["board"] }) === 1;
      client.setQueryData(board.queryKey, (old) =>
        last || old === undefined ? saved : { ...old, revision: saved.revision },
      );
    },
    onError: () => client.invalidateQueries({ queryKey: board.queryKey }),
  });
}

/** Why the last change was not kept, in words. */
export function refusalOf(error: Error): string {
  const conflict = error instanceof ApiError && error.status === 409;
  return conflict
    ? "Somebody else changed the board at the same time. It is shown as they left it: make your change again."
    : error.message;
}
