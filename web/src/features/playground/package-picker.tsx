"use client";
// Chooses a package of the registry, and one of its versions.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { Select } from "@/components/ui/field";
import { marketPackage, type PackageSummary } from "@/features/marketplace/queries";
import { KINDS, kindName } from "@/features/marketplace/words";
import { packages } from "./queries";
import { usePlayground } from "./store";

export function PackagePicker() {
  const found = useQuery(packages);
  const client = useQueryClient();
  const choosePackage = usePlayground((state) => state.choosePackage);
  const name = useName();
  if (found.isError) {
    return (
      <p role="status" className="text-xs text-ink-2">
        The registry cannot be asked: {found.error.message} A file can still be tried.
      </p>
    );
  }
  const listed = found.data?.packages ?? [];
  if (found.data !== undefined && listed.length === 0) {
    return (
      <p className="text-xs text-ink-2">
        Nothing is published in the{" "}
        <Link href="/marketplace/" prefetch={false} className="text-accent underline">
          marketplace
        </Link>{" "}
        yet. A file can be tried.
      </p>
    );
  }
  return (
    <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_8rem]">
      <Select
        label="From the marketplace"
        hint={
          found.data !== undefined && found.data.total > listed.length
            ? `${listed.length} of ${found.data.total}. Every other has a button on its page in the marketplace.`
            : undefined
        }
        value={name ?? ""}
        disabled={found.data === undefined}
        onChange={(event) => void choosePackage(client, event.target.value, null)}
      >
        <option value="" disabled>
          {found.data === undefined ? "Loading…" : "Choose a package"}
        </option>
        {name !== null && !listed.some((each) => each.name === name) && <option value={name}>{name}</option>}
        {KINDS.map((kind) => (
          <OfKind key={kind} kind={kind} packages={listed} />
        ))}
      </Select>
      {name !== null && <VersionPicker name={name} />}
    </div>
  );
}

function OfKind({ kind, packages: listed }: { kind: string; packages: PackageSummary[] }) {
  const these = listed.filter((each) => each.kind === kind);
  if (these.length === 0) return null;
  return (
    <optgroup label={kindName(kind)}>
      {these.map((each) => (
        <option key={each.name} value={each.name}>
          {each.name}
        </option>
      ))}
    </optgroup>
  );
}

function VersionPicker({ name }: { name: string }) {
  const detail = useQuery(marketPackage(name));
  const client = useQueryClient();
  const chosen = usePlayground((state) => state.chosen);
  const choosePackage = usePlayground((state) => state.choosePackage);
  const version =
    chosen.tag === "ready" && chosen.subject.origin.tag === "registry" ? chosen.subject.origin.version : "";
  return (
    <Select
      label="Version"
      value={version}
      disabled={detail.data === undefined}
      onChange={(event) => void choosePackage(client, name, event.target.value)}
    >
      {version === "" && <option value="">…</option>}
      {detail.data?.versions.map((each) => (
        <option key={each.version} value={each.version}>
          {each.version}
          {each.yanked !== undefined && each.yanked !== null && " (yanked)"}
        </option>
      ))}
    </Select>
  );
}

/** The package that is chosen, loading or failed included. */
function useName(): string | null {
  return usePlayground(({ chosen, wanted }) => {
    if (chosen.tag === "ready") return chosen.subject.origin.tag === "registry" ? chosen.subject.origin.name : null;
    return chosen.tag === "none" ? null : wanted;
  });
}
