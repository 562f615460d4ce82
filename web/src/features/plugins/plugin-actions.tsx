"use client";
// What can be done with a plugin: switch it on or off, and remove it after a question.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { PluginInfo } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";

type Change = "enable" | "disable" | "remove";

export function PluginActions({ plugin }: { plugin: PluginInfo }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [publisher, name] = plugin.name.split("/");
  const change = useMutation({
    mutationFn: (what: Change) => request(what, publisher ?? "", name ?? ""),
    onSuccess: () => setAsking(false),
    // Which widgets there are, and what passes do, hangs on what is installed.
    onSettled: () => queries.invalidateQueries(),
  });
  // A folder whose manifest cannot be read has no package name: only a person at the machine can remove it.
  if (publisher === undefined || name === undefined) return null;
  const { tag } = plugin.state;
  return (
    <div className="ml-auto flex flex-wrap items-center justify-end gap-1.5">
      {change.isError && !asking && <Refused error={change.error} />}
      {(tag === "disabled" || tag === "quarantined" || tag === "suspended") && (
        <Button
          size="small"
          icon="play"
          disabled={change.isPending}
          aria-label={`Enable ${plugin.name}`}
          onClick={() => change.mutate("enable")}
        >
          Enable
        </Button>
      )}
      {(tag === "active" || tag === "suspended") && (
        <Button
          size="small"
          icon="pause"
          disabled={change.isPending}
          aria-label={`Disable ${plugin.name}`}
          onClick={() => change.mutate("disable")}
        >
          Disable
        </Button>
      )}
      <Button
        kind="quiet"
        size="small"
        icon="trash"
        disabled={change.isPending}
        aria-label={`Remove ${plugin.name}`}
        onClick={() => setAsking(true)}
      >
        Remove
      </Button>
      <Confirm
        open={asking}
        title={`Remove ${plugin.name}?`}
        confirm="Remove"
        busy={change.isPending}
        onConfirm={() => change.mutate("remove")}
        onClose={() => setAsking(false)}
      >
        {change.isError && <Refused error={change.error} />}
        <p>
          Its files, its grants and its pin in <code>inferno.lock</code> are deleted. Boards keep their place for it and
          say that it is missing.
        </p>
        {plugin.kind === "optimization-pass" && (
          <p>A model that is loaded keeps what the pass did until it is loaded again.</p>
        )}
      </Confirm>
    </div>
  );
}

function Refused({ error }: { error: Error }) {
  return (
    <p role="alert" className="w-full text-xs text-bad [overflow-wrap:anywhere]">
      {error.message}
    </p>
  );
}

async function request(what: Change, publisher: string, name: string): Promise<void> {
  const params = { params: { path: { publisher, name } } };
  switch (what) {
    case "enable":
      await unwrap(api.POST("/api/plugins/{publisher}/{name}/enable", params));
      return;
    case "disable":
      await unwrap(api.POST("/api/plugins/{publisher}/{name}/disable", params));
      return;
    case "remove":
      await unwrap(api.DELETE("/api/plugins/{publisher}/{name}", params));
  }
}
