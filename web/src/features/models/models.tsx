"use client";
// The models that are served; of one of them, what it is, what passes did to it, and its graph.
import { useQuery } from "@tanstack/react-query";
import { useRouter, useSearchParams } from "next/navigation";
import { Suspense } from "react";
import { models } from "@/api/queries";
import type { ModelDetail } from "@/api/types";
import { Select } from "@/components/ui/field";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { GraphsPanel } from "./graph/graphs-panel";
import { ModelFacts } from "./model-facts";
import { OptimizationPanel } from "./optimization-panel";

export function Models() {
  return (
    <Suspense fallback={<PageHeader title="Models" />}>
      <Chosen />
    </Suspense>
  );
}

function Chosen() {
  const { data, isPending, isError, error, refetch } = useQuery(models);
  const wanted = useSearchParams().get("id");
  const model = data?.find((candidate) => candidate.id === wanted) ?? data?.[0];
  return (
    <>
      <PageHeader title="Models" about="What is served, what optimization passes did to it, and the graph that runs.">
        {data !== undefined && model !== undefined && data.length > 1 && <Choice all={data} chosen={model.id} />}
      </PageHeader>
      {isPending && <Loading label="Loading models" lines={6} />}
      {isError && <ErrorState title="The models could not be read" error={error} retry={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState title="No model is served" icon="graph">
          <p>
            Fetch one with <code>inferno model pull</code>, then start <code>inferno serve</code> again.
          </p>
        </EmptyState>
      )}
      {model !== undefined && (
        <>
          <ModelFacts model={model} />
          <OptimizationPanel model={model.id} />
          <GraphsPanel key={model.id} model={model.id} />
        </>
      )}
    </>
  );
}

function Choice({ all, chosen }: { all: ModelDetail[]; chosen: string }) {
  const router = useRouter();
  return (
    <Select
      label="Model"
      value={chosen}
      onChange={(event) => router.replace(`/models/?id=${encodeURIComponent(event.target.value)}`)}
    >
      {all.map((model) => (
        <option key={model.id} value={model.id}>
          {model.id}
        </option>
      ))}
    </Select>
  );
}
