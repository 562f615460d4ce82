"use client";
// The installed plugins: what each is, whether it runs, what it may do and how it behaves.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { plugins } from "@/api/queries";
import type { PluginInfo } from "@/api/types";
import { Choice } from "@/components/ui/choice";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { PluginItem } from "./plugin-item";

const KINDS = ["all", "optimization-pass", "widget", "analyzer"] as const;
type Kind = (typeof KINDS)[number];
const KIND_NAMES: Record<Kind, string> = {
  all: "All",
  "optimization-pass": "Passes",
  widget: "Widgets",
  analyzer: "Analyzers",
};

export function Plugins() {
  const { data, isPending, isError, error, refetch } = useQuery(plugins);
  const [kind, setKind] = useState<Kind>("all");
  const shown = data?.filter((plugin) => kind === "all" || plugin.kind === kind);
  return (
    <>
      <PageHeader
        title="Plugins"
        about="Signed components that run in this server. Each may do what its signature asks for and you granted, and nothing else."
      >
        {data !== undefined && data.length > 0 && (
          <Choice
            label="Kind"
            options={KINDS.map((value) => ({ value, name: `${KIND_NAMES[value]} ${count(data, value)}` }))}
            value={kind}
            onChange={setKind}
          />
        )}
      </PageHeader>
      {isPending && <Loading label="Loading plugins" lines={6} />}
      {isError && <ErrorState title="The plugins could not be read" error={error} retry={() => void refetch()} />}
      {data?.length === 0 && <NoneInstalled />}
      {shown !== undefined && data !== undefined && data.length > 0 && shown.length === 0 && (
        <EmptyState title={`No ${KIND_NAMES[kind].toLowerCase()} installed`} icon="plug">
          <p>
            <Link href={`/marketplace/?kind=${kind}`} prefetch={false} className="text-accent underline">
              Look for one in the marketplace
            </Link>
          </p>
        </EmptyState>
      )}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,30rem),1fr))] items-start gap-4">
        {shown?.map((plugin) => (
          <PluginItem key={`${plugin.name} ${plugin.version ?? ""}`} plugin={plugin} />
        ))}
      </ul>
    </>
  );
}

function count(all: PluginInfo[], kind: Kind): number {
  return kind === "all" ? all.length : all.filter((plugin) => plugin.kind === kind).length;
}

function NoneInstalled() {
  return (
    <EmptyState title="No plugin is installed" icon="plug">
      <p>
        Optimization passes make models faster, widgets show what you want to see, analyzers say what could be better.{" "}
        <Link href="/marketplace/" prefetch={false} className="text-accent underline">
          Find one in the marketplace
        </Link>
        .
      </p>
      <p>
        To write one: <code>inferno plugin new --kind widget my-widget</code>
      </p>
    </EmptyState>
  );
}
