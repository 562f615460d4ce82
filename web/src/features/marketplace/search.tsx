"use client";
// The search: words, kind and publisher are in the address, so that a search can be kept and shared.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/field";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { PAGE, search, type PackageSummary, type Wanted } from "./queries";
import { date } from "@/format/time";
import { KINDS, kindName } from "./words";

interface Props {
  wanted: Wanted;
  onWant: (wanted: Wanted) => void;
}

export function Search({ wanted, onWant }: Props) {
  const found = useQuery(search(wanted));
  const change = (changed: Partial<Wanted>) => onWant({ ...wanted, offset: 0, ...changed });
  return (
    <>
      <PageHeader
        title="Marketplace"
        about="Signed components from the registry. Nothing runs before its signature was checked and you agreed to what it may do."
      />
      <form role="search" className="flex flex-wrap gap-3" onSubmit={(event) => event.preventDefault()}>
        <div className="min-w-48 grow">
          <Typed
            label="Search"
            placeholder="Words in the name or the description"
            value={wanted.text}
            onRest={(text) => change({ text })}
          />
        </div>
        <div className="w-44">
          <Select label="Kind" value={wanted.kind} onChange={(event) => change({ kind: event.target.value })}>
            <option value="">All kinds</option>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {kindName(kind)}
              </option>
            ))}
          </Select>
        </div>
        <div className="w-44">
          <Typed
            label="Publisher"
            placeholder="Anybody"
            value={wanted.publisher}
            onRest={(publisher) => change({ publisher })}
          />
        </div>
      </form>
      {found.isPending && <Loading label="Searching" lines={6} />}
      {found.isError && (
        <ErrorState title="The registry could not be searched" error={found.error} retry={() => void found.refetch()} />
      )}
      {found.data !== undefined && (
        <>
          <p role="status" className="text-xs text-ink-2">
            {found.data.total === 1 ? "1 package" : `${found.data.total} packages`}
          </p>
          {found.data.packages.length === 0 ? (
            <Nothing wanted={wanted} />
          ) : (
            <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-3">
              {found.data.packages.map((each) => (
                <Card key={each.name} summary={each} />
              ))}
            </ul>
          )}
          <Pages total={found.data.total} offset={wanted.offset} onGo={(offset) => change({ offset })} />
        </>
      )}
    </>
  );
}

/** A field that is typed into: it asks when the typing rests, not at every letter. */
function Typed(props: { label: string; placeholder: string; value: string; onRest: (value: string) => void }) {
  const { value, onRest, ...rest } = props;
  const [draft, setDraft] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The newest one: another field may have changed what is wanted while this one rested.
  const newest = useRef(onRest);
  useEffect(() => {
    newest.current = onRest;
  }, [onRest]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (typed: string) => {
    setDraft(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => newest.current(typed), 250);
  };
  return <Input {...rest} type="search" value={draft} onChange={(event) => type(event.target.value)} />;
}

function Card({ summary }: { summary: PackageSummary }) {
  const { name, kind, description, latest, license, updatedAt } = summary;
  return (
    <li className="relative flex flex-col gap-2 rounded-lg border border-line bg-panel p-4 focus-within:border-accent hover:border-line-strong">
      <div className="flex items-start gap-2">
        <h2 className="min-w-0 grow font-semibold text-ink [overflow-wrap:anywhere]">
          <Link
            href={`/marketplace/?package=${encodeURIComponent(name)}`}
            prefetch={false}
            className="after:absolute after:inset-0"
          >
            {name}
          </Link>
        </h2>
        <Badge>{kindName(kind)}</Badge>
      </div>
      <p className="grow text-ink-2">{description}</p>
      <p className="flex flex-wrap gap-x-3 text-xs text-ink-3">
        <span>{typeof latest === "string" ? latest : "every version is yanked"}</span>
        <span>{license}</span>
        <span>{date(updatedAt)}</span>
      </p>
    </li>
  );
}

function Nothing({ wanted: { text, kind, publisher } }: { wanted: Wanted }) {
  const all = text === "" && kind === "" && publisher === "";
  return (
    <EmptyState title={all ? "The registry is empty" : "Nothing fits"} icon="box">
      {all ? (
        <p>
          Publish the first package: <code>inferno plugin new --kind widget you/your-widget</code>, then build, test,
          sign and publish it. Each command says what comes next.
        </p>
      ) : (
        <p>Try fewer words, or another kind.</p>
      )}
    </EmptyState>
  );
}

function Pages({ total, offset, onGo }: { total: number; offset: number; onGo: (offset: number) => void }) {
  if (total <= PAGE) return null;
  return (
    <nav aria-label="Pages of results" className="flex items-center gap-3">
      <Button disabled={offset === 0} onClick={() => onGo(Math.max(0, offset - PAGE))}>
        Previous
      </Button>
      <span className="text-xs text-ink-2">
        {offset + 1} to {Math.min(total, offset + PAGE)}
      </span>
      <Button disabled={offset + PAGE >= total} onClick={() => onGo(offset + PAGE)}>
        Next
      </Button>
    </nav>
  );
}
