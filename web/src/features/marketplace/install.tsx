"use client";
// The question before an installation: who signed it, what it may do, and what has changed. It is installed exactly as it
// is shown here, or not at all.
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Checkbox } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { ErrorState, Loading } from "@/components/ui/states";
import { plan, useInstall, type InstallPlan } from "./queries";
import { bytesWords, capabilityWords, kindName } from "./words";

interface Props {
  name: string;
  version: string;
  onClose: () => void;
}

export function Install({ name, version, onClose }: Props) {
  const planned = useQuery(plan(name, version));
  const install = useInstall();
  const [denied, setDenied] = useState<ReadonlySet<string>>(new Set());
  const [trusts, setTrusts] = useState(false);
  const grants = planned.data?.requests.filter((capability) => !denied.has(capability)) ?? [];
  const toggle = (capability: string, granted: boolean) => {
    const changed = new Set(denied);
    if (granted) changed.delete(capability);
    else changed.add(capability);
    setDenied(changed);
  };
  const ready = planned.data !== undefined && (planned.data.trusted || trusts);
  const go = () => {
    if (planned.data !== undefined) install.mutate({ plan: planned.data, grants }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Install ${name} ${version}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!ready || install.isPending} onClick={go}>
            {install.isPending ? "Verifying and installing…" : "Install"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {planned.isPending && <Loading label="Asking the registry" />}
        {planned.isError && <ErrorState title="It cannot be installed" error={planned.error} />}
        {install.isError && <ErrorState title="It was not installed" error={install.error} />}
        {planned.data !== undefined && (
          <>
            <Warnings plan={planned.data} />
            <Facts plan={planned.data} />
            <Grants plan={planned.data} denied={denied} onToggle={toggle} />
            {!planned.data.trusted && (
              <Checkbox
                label={`I trust the key ${planned.data.signer.slice(0, 12)}… for packages of ${name.split("/")[0]}`}
                hint="Compare the whole identifier above with what the publisher announces. It is pinned: another signer will be asked about."
                checked={trusts}
                onChange={(event) => setTrusts(event.target.checked)}
              />
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}

function Warnings({ plan: { signerChanged, older, previous } }: { plan: InstallPlan }) {
  return (
    <>
      {signerChanged && (
        <Warning>
          Somebody else signed this than what is installed now. That happens when a publisher gets a new key, and also
          when somebody takes over their name. Ask the publisher before you go on.
        </Warning>
      )}
      {older && (
        <Warning>Version {previous} is installed, which is newer. Old faults would come back with this one.</Warning>
      )}
    </>
  );
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="flex items-start gap-2 rounded-md border border-warn bg-warn-soft p-3 text-ink">
      <Icon name="warning" className="mt-0.5 text-warn" />
      <span>{children}</span>
    </p>
  );
}

function Facts({ plan: { kind, description, digest, size, signer, previous } }: { plan: InstallPlan }) {
  const facts: [string, ReactNode][] = [
    ["What it is", `${kindName(kind)}: ${description}`],
    ["Signed by", <code key="signer">{signer}</code>],
    ["Digest", <code key="digest">{digest}</code>],
    ["Size", bytesWords(size)],
    ["Replaces", typeof previous === "string" ? previous : "nothing"],
  ];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-xs text-ink-2">{name}</dt>
          <dd className="text-xs text-ink [overflow-wrap:anywhere]">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface GrantsProps {
  plan: InstallPlan;
  denied: ReadonlySet<string>;
  onToggle: (capability: string, granted: boolean) => void;
}

function Grants({ plan: { requests }, denied, onToggle }: GrantsProps) {
  if (requests.length === 0) return <p className="text-ink-2">It asks for nothing: it computes, and no more.</p>;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-xs font-medium text-ink-2">It asks to</legend>
      {requests.map((capability) => (
        <Checkbox
          key={capability}
          label={capabilityWords(capability)}
          checked={!denied.has(capability)}
          onChange={(event) => onToggle(capability, event.target.checked)}
        />
      ))}
    </fieldset>
  );
}
