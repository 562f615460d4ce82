"use client";
// What every page stands on: the cache of answers, the live connection, the chosen theme.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useTheme } from "@/lib/theme";
import { connect, useLive } from "@/live";

function client(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: 1, staleTime: 5_000, refetchOnWindowFocus: true } },
  });
}

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(client);
  const adopt = useTheme((state) => state.adopt);
  useEffect(adopt, [adopt]);
  useEffect(connect, []);
  useEffect(() => askAgain(queries), [queries]);
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}

/** What was asked before the server went away may be wrong or missing: when it is back, it is asked again. */
function askAgain(queries: QueryClient): () => void {
  return useLive.subscribe(({ connection }, { connection: before }) => {
    const back = connection.state === "live" && (before.state === "reconnecting" || before.state === "offline");
    if (back) void queries.invalidateQueries();
  });
}
