"use client";
// Every version of a package: when, how large, who signed it, its digest, and whether it may be installed.
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Panel } from "@/components/ui/panel";
import { moment } from "@/format/time";
import type { VersionDetail } from "./queries";
import { bytesWords } from "./words";

interface Props {
  versions: VersionDetail[];
  installed: string | null | undefined;
  onInstall: (version: string) => void;
}

export function Versions({ versions, installed, onInstall }: Props) {
  return (
    <Panel title="Versions" flush>
      <ul>
        {versions.map((version) => (
          <Version
            key={version.version}
            version={version}
            installed={version.version === installed}
            onInstall={onInstall}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface VersionProps {
  version: VersionDetail;
  installed: boolean;
  onInstall: (version: string) => void;
}

function Version({
  version: { version, digest, size, signer, publishedAt, yanked },
  installed,
  onInstall,
}: VersionProps) {
  const gone = yanked ?? undefined;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-3.5 py-2.5 last:border-0">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium text-ink">{version}</span>
          {installed && <Badge tone="good">installed</Badge>}
          {gone !== undefined && <Badge tone="bad">yanked</Badge>}
          <span className="text-xs text-ink-3">
            {moment(publishedAt)}, {bytesWords(size)}
          </span>
        </p>
        {gone !== undefined && <p className="text-xs text-bad">{gone.reason}</p>}
        <p className="flex items-center gap-1 text-xs text-ink-2">
          <span className="shrink-0">digest</span> <code className="min-w-0 truncate">{digest}</code>
          <CopyButton text={digest} what="digest" />
        </p>
        <p className="flex items-center gap-1 text-xs text-ink-2">
          <span className="shrink-0">signed by</span> <code className="min-w-0 truncate">{signer}</code>
        </p>
      </div>
      {!installed && gone === undefined && (
        <Button size="small" label={`Install version ${version}`} onClick={() => onInstall(version)}>
          Install
        </Button>
      )}
    </li>
  );
}
