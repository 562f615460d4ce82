"use client";
// What the marketplace asks of the server, and how a package is installed.
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/generated";

type Schemas = components["schemas"];
export type MarketPackage = Schemas["MarketPackage"];
export type PackageSummary = Schemas["PackageSummary"];
export type VersionDetail = Schemas["VersionDetail"];
export type InstallPlan = Schemas["InstallPlan"];

export interface Wanted {
  text: string;
  kind: string;
  publisher: string;
  offset: number;
}

/** How many packages a page shows. */
export const PAGE = 24;

export const search = ({ text, kind, publisher, offset }: Wanted) =>
  queryOptions({
    queryKey: ["marketplace", text, kind, publisher, offset],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/marketplace/packages", {
          params: {
            query: {
              ...(text !== "" && { text }),
              ...(kind !== "" && { kind }),
              ...(publisher !== "" && { publisher }),
              offset,
              limit: PAGE,
            },
          },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });

export const marketPackage = (full: string) =>
  queryOptions({
    queryKey: ["package", full],
    queryFn: ({ signal }) => {
      const { publisher, name } = partsOf(full);
      return unwrap(
        api.GET("/api/marketplace/packages/{publisher}/{name}", { params: { path: { publisher, name } }, signal }),
      );
    },
  });

export const plan = (name: string, version: string) =>
  queryOptions({
    queryKey: ["plan", name, version],
    queryFn: () => unwrap(api.POST("/api/marketplace/plan", { body: { name, version } })),
    // What is agreed to must be what stands there now.
    gcTime: 0,
    staleTime: 0,
  });

export function useInstall() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ plan: { name, version, digest, signer }, grants }: { plan: InstallPlan; grants: string[] }) =>
      unwrap(api.POST("/api/marketplace/install", { body: { name, version, digest, signer, grants } })),
    onSuccess: (_, { plan: { name } }) =>
      Promise.all(
        [["package", name], ["plugins"], ["widgets"], ["models"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

/** The two parts of a package's name. */
export function partsOf(full: string): { publisher: string; name: string } {
  const [publisher = "", name = ""] = full.split("/");
  return { publisher, name };
}
