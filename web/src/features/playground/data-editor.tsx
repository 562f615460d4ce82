"use client";
// The data as JSON. It shows what the source gave, and becomes the source once it is changed.
import { useMemo, useState } from "react";
import { Textarea } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { BadData, parse } from "./input";
import { pretty } from "./pretty";
import { usePlayground } from "./store";

export function DataEditor({ pass }: { pass: boolean }) {
  const { source, data, give } = usePlayground();
  const given = useMemo(() => (data === null ? "" : pretty(data.val)), [data]);
  const text = source?.tag === "edited" ? source.val : given;
  const [open, setOpen] = useState(source?.tag === "edited");
  const problem = source?.tag === "edited" ? problemOf(text, pass) : undefined;
  return (
    <details className="group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex cursor-pointer list-none items-center gap-1.5 rounded-sm text-xs font-medium text-ink-2">
        <Icon name="right" className="size-3.5 group-open:rotate-90" />
        The data as JSON, to read and to change
      </summary>
      <div className="mt-2">
        <Textarea
          label={pass ? "Graph and target" : "Frames, in the order of the queries"}
          value={text}
          error={problem}
          rows={16}
          spellCheck={false}
          autoComplete="off"
          className="font-mono text-2xs! whitespace-pre"
          onChange={(event) => give({ tag: "edited", val: event.target.value })}
        />
      </div>
    </details>
  );
}

function problemOf(text: string, pass: boolean): string | undefined {
  try {
    parse(text, pass);
    return undefined;
  } catch (error) {
    if (error instanceof BadData) return error.message;
    throw error;
  }
}
