"use client";
// Talk to a model: the conversation, the composer, and how answers are sampled.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { models } from "@/api/queries";
import type { ModelDetail } from "@/api/types";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { Composer } from "./composer";
import { Conversation } from "./conversation";
import { SettingsPanel } from "./settings-panel";
import { useChat } from "./store";

export function Chat() {
  const { data, isPending, isError, error, refetch } = useQuery(models);
  const turns = useChat((state) => state.turns);
  const clear = useChat((state) => state.clear);
  return (
    <div className="flex flex-col gap-4 lg:h-[calc(100dvh-8rem)] lg:min-h-[32rem]">
      <PageHeader
        title="Chat"
        about="Talk to a model, and see how fast it answers. Nothing is kept when the page is closed."
      >
        {turns.length > 0 && (
          <Button icon="plus" onClick={clear}>
            New chat
          </Button>
        )}
      </PageHeader>
      {isPending && <Loading label="Loading models" lines={4} />}
      {isError && <ErrorState title="The models could not be read" error={error} retry={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState title="No model is served" icon="chat">
          <p>
            Fetch one with <code>inferno model pull</code>, then start <code>inferno serve</code> again.
          </p>
        </EmptyState>
      )}
      {data !== undefined && data.length > 0 && <Talk models={data} />}
    </div>
  );
}

function Talk({ models: all }: { models: ModelDetail[] }) {
  const [wanted, choose] = useState<string | null>(null);
  const model = all.find((candidate) => candidate.id === wanted) ?? all[0];
  if (model === undefined) return null;
  return (
    <div className="grid min-h-0 grow gap-4 lg:grid-cols-[minmax(0,1fr)_17rem] 3xl:grid-cols-[minmax(0,1fr)_22rem]">
      <section
        aria-label="Conversation"
        className="flex h-[calc(100dvh-9rem)] min-h-96 min-w-0 flex-col rounded-lg border border-line bg-panel lg:h-auto"
      >
        <Conversation model={model} />
        <Composer model={model} />
      </section>
      <SettingsPanel models={all} model={model} onModel={choose} />
    </div>
  );
}
