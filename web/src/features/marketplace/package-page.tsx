"use client";
// The page of one package: what it says of itself, who vouches for it, every version, and the way to install it.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { Install } from "./install";
import { marketPackage, type MarketPackage } from "./queries";
import { Readme } from "./readme";
import { Versions } from "./versions";
import { capabilityWords, kindName, kindWords } from "./words";

export function PackagePage({ name }: { name: string }) {
  const asked = useQuery(marketPackage(name));
  const [installing, setInstalling] = useState<string | null>(null);
  return (
    <>
      <Link href="/marketplace/" prefetch={false} className="self-start rounded-sm text-xs text-accent underline">
        All packages
      </Link>
      {asked.isPending && <Loading label="Loading the package" lines={6} />}
      {asked.isError && (
        <ErrorState title={`${name} could not be read`} error={asked.error} retry={() => void asked.refetch()} />
      )}
      {asked.data !== undefined && <Package found={asked.data} onInstall={setInstalling} />}
      {installing !== null && <Install name={name} version={installing} onClose={() => setInstalling(null)} />}
    </>
  );
}

function Package({ found, onInstall }: { found: MarketPackage; onInstall: (version: string) => void }) {
  const { name, description, kind, readme, versions, installed } = found;
  const newest = versions.find((version) => version.yanked === undefined || version.yanked === null);
  const current = typeof installed === "string" && installed === newest?.version;
  return (
    <>
      <PageHeader title={name} about={description}>
        {typeof installed === "string" && <Badge tone="good">{installed} is installed</Badge>}
        <Link
          href={`/playground/?package=${encodeURIComponent(name)}`}
          prefetch={false}
          className="inline-flex h-8 items-center rounded-md border border-line-strong bg-raised px-3 text-sm font-medium text-ink hover:bg-line"
        >
          Try it in the playground
        </Link>
        {newest !== undefined && !current && (
          <Button kind="primary" onClick={() => onInstall(newest.version)}>
            {installed === undefined || installed === null
              ? `Install ${newest.version}`
              : `Update to ${newest.version}`}
          </Button>
        )}
      </PageHeader>
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="README" note="the publisher's words, checked by nobody">
            {typeof readme === "string" ? (
              <Readme text={readme} />
            ) : (
              <EmptyState title="Its publisher wrote no README" />
            )}
          </Panel>
          <Versions versions={versions} installed={installed} onInstall={onInstall} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="What it is">
            <dl className="flex flex-col gap-3">
              <Fact name={kindName(kind)}>{kindWords(kind)}.</Fact>
              <Fact name="Licence">{found.license}</Fact>
              {newest !== undefined && (
                <Fact name="It asks to">
                  {newest.requests.length === 0 ? (
                    "do nothing but compute"
                  ) : (
                    <ul className="list-disc pl-4">
                      {newest.requests.map((capability) => (
                        <li key={capability}>{capabilityWords(capability)}</li>
                      ))}
                    </ul>
                  )}
                </Fact>
              )}
            </dl>
          </Panel>
          <Panel title="Who vouches for it">
            <dl className="flex flex-col gap-3">
              <Fact name="Publisher">{found.publisher.name}</Fact>
              {found.publisher.keys.map(({ id, revoked }) => (
                <Fact key={id} name={revoked ? "Key, revoked" : "Key"}>
                  <span className="flex items-start gap-1">
                    <code className="text-xs [overflow-wrap:anywhere]">{id}</code>
                    <CopyButton text={id} what="key's identifier" />
                  </span>
                </Fact>
              ))}
            </dl>
          </Panel>
        </div>
      </div>
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs font-medium text-ink-2">{name}</dt>
      <dd className="mt-0.5 text-ink">{children}</dd>
    </div>
  );
}
