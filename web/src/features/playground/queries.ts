// What the playground asks of the server, besides packages.
import { api, unwrap } from "@/api/client";
import type { ModelDetail } from "@/api/types";
import type { RunInput } from "@/playground/kind";
import { queryOptions } from "@tanstack/react-query";
import { recordings } from "@/playground/recordings";

/** How many packages one can choose from without a search. */
const CHOICE = 100;

export async function modelDetails(): Promise<ModelDetail[]> {
  return await unwrap(api.GET("/api/models"));
}

export const packages = queryOptions({
  queryKey: ["marketplace", "choice"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/marketplace/packages", { params: { query: { offset: 0, limit: CHOICE } }, signal })),
});

export const recordingList = queryOptions({
  queryKey: ["recordings"],
  queryFn: recordings,
  staleTime: Infinity,
});

export interface ServerRun {
  name: string;
  version: string;
  digest: string;
  input: RunInput;
}

export function runOnServer(body: ServerRun) {
  return unwrap(api.POST("/api/playground/run", { body }));
}
