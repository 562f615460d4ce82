"use client";
// The overview: what the server does now, model by model, what could be better, and how plugins are.
import { PageHeader } from "@/components/ui/page-header";
import { Loading } from "@/components/ui/states";
import { useLive } from "@/live";
import { ModelPanel } from "./model-panel";
import { OpportunitiesPanel } from "./opportunities-panel";
import { PluginsPanel } from "./plugins-panel";
import { ServerStrip } from "./server-strip";
import { Waiting } from "./waiting";

export function Overview() {
  const snapshot = useLive((state) => state.snapshot);
  const connection = useLive((state) => state.connection.state);
  return (
    <>
      <PageHeader
        title="Overview"
        about="What this server does now. Rates are over the last 5 seconds, percentiles over the last minute."
      />
      {snapshot === null ? (
        connection === "connecting" ? (
          <Loading label="Waiting for the first values" lines={6} />
        ) : (
          <Waiting />
        )
      ) : (
        <ServerStrip snapshot={snapshot} />
      )}
      <div className="grid items-start gap-4 3xl:grid-cols-[minmax(0,1fr)_30rem]">
        <div className="grid min-w-0 grid-cols-[repeat(auto-fit,minmax(min(100%,34rem),1fr))] gap-4">
          {snapshot?.models.map((model) => (
            <ModelPanel key={model.model} model={model} />
          ))}
        </div>
        <div className="grid min-w-0 items-start gap-4 lg:grid-cols-2 3xl:grid-cols-1">
          <OpportunitiesPanel />
          <PluginsPanel />
        </div>
      </div>
    </>
  );
}
