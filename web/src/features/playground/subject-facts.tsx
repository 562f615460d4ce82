"use client";
// What this browser found out about a component: its digest, who vouches for it, and what it asks for.
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { capabilityWords, kindName } from "@/features/marketplace/words";
import { text } from "@/format/quantity";
import type { Origin, Subject } from "./subject";

export function SubjectFacts({ subject: { origin, component, digest, size } }: { subject: Subject }) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone="accent">{kindName(component.kind)}</Badge>
        <Verdict origin={origin} />
        {origin.tag === "registry" && origin.yanked !== null && <Badge tone="warn">Yanked</Badge>}
        <span className="text-xs text-ink-3">{text(size, "bytes")}</span>
      </div>
      <dl className="flex flex-col gap-2">
        <Fact name="Digest, computed here">
          {digest === null ? (
            "unavailable: this browser computes digests only on pages that come by https or from this machine"
          ) : (
            <Identifier value={digest} what="digest" />
          )}
        </Fact>
        <Trust origin={origin} />
      </dl>
    </div>
  );
}

function Verdict({ origin }: { origin: Origin }) {
  return origin.tag === "registry" ? (
    <Badge tone="good" icon="shield">
      Signature checked here
    </Badge>
  ) : (
    <Badge tone="warn">Not signed: nobody vouches for it</Badge>
  );
}

function Trust({ origin }: { origin: Origin }) {
  if (origin.tag === "file") {
    return (
      <Fact name="File">
        {origin.name}. It runs in this browser only, without network, and gets nothing but its input. A server runs
        nothing that is not signed.
      </Fact>
    );
  }
  const { grants } = origin.verified.release;
  return (
    <>
      {origin.yanked !== null && <Fact name="Yanked: its publisher says">{origin.yanked}</Fact>}
      <Fact name={`Signed for ${origin.name} ${origin.version} by the key`}>
        <Identifier value={origin.verified.signer} what="key's identifier" />
      </Fact>
      <Fact name="Its signature lets it ask to">
        {grants.length === 0 ? (
          "do nothing but compute"
        ) : (
          <ul>
            {grants.map((capability) => (
              <li key={capability}>{capabilityWords(capability)}</li>
            ))}
          </ul>
        )}
      </Fact>
    </>
  );
}

function Identifier({ value, what }: { value: string; what: string }) {
  return (
    <span className="flex items-start gap-1">
      <code className="text-xs [overflow-wrap:anywhere]">{value}</code>
      <CopyButton text={value} what={what} />
    </span>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs font-medium text-ink-2">{name}</dt>
      <dd className="mt-0.5 text-xs text-ink [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
