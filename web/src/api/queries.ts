// What pages ask of the server, with the key under which the answer is kept. Used with `useQuery`.
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";

export const system = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/system", { signal })),
  staleTime: 60_000,
});

export const models = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/models", { signal })),
});

export const plugins = queryOptions({
  queryKey: ["plugins"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/plugins", { signal })),
  refetchInterval: 5_000,
});

export const opportunities = queryOptions({
  queryKey: ["opportunities"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/opportunities", { signal })),
  refetchInterval: 10_000,
});

export const optimization = (model: string) =>
  queryOptions({
    queryKey: ["optimization", model],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/models/{model}/optimization", { params: { path: { model } }, signal })),
  });

export const graph = (model: string, stage: "before" | "after") =>
  queryOptions({
    queryKey: ["graph", model, stage],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/models/{model}/graph", { params: { path: { model }, query: { stage } }, signal })),
    staleTime: 60_000,
  });
