"use client";
// One model's instruments: its latencies, what it holds, and its course over the last minutes.
import { useQuery } from "@tanstack/react-query";
import { models } from "@/api/queries";
import type { ModelSnapshot, Reading } from "@/api/types";
import { Sparkline } from "@/charts/sparkline";
import { ModelStateBadge } from "@/components/model-state";
import { Meter } from "@/components/ui/meter";
import { Panel } from "@/components/ui/panel";
import { Readout } from "@/components/ui/readout";
import { quantity } from "@/format/quantity";
import { modelKey, useCourse, type Course } from "@/live";
import { ModelCharts } from "./model-charts";

export function ModelPanel({ model }: { model: ModelSnapshot }) {
  const name = model.model;
  const { data } = useQuery(models);
  const detail = data?.find((candidate) => candidate.id === name);
  const course = {
    waiting: useCourse(modelKey(name, "requestsWaiting")),
    running: useCourse(modelKey(name, "requestsRunning")),
  };
  return (
    <Panel
      title={<span className="[overflow-wrap:anywhere]">{name}</span>}
      note={
        detail === undefined
          ? undefined
          : `${detail.architecture} · ${detail.layers} layers · ${detail.contextLength.toLocaleString("en")} positions`
      }
      actions={detail !== undefined && <ModelStateBadge state={detail.state} />}
    >
      <div className="flex flex-col gap-5">
        <dl className="grid grid-cols-2 gap-x-5 gap-y-3 sm:grid-cols-4">
          <Latency label="First token, p50" reading={model.timeToFirstTokenP50} />
          <Latency label="First token, p95" reading={model.timeToFirstTokenP95} />
          <Latency label="Between tokens, p50" reading={model.interTokenP50} />
          <Latency label="Between tokens, p95" reading={model.interTokenP95} />
          <Count label="In progress" reading={model.requestsRunning} course={course.running} />
          <Count label="Waiting" reading={model.requestsWaiting} course={course.waiting} />
          <Readout
            className="col-span-2"
            label="Key/value cache in use"
            size="small"
            quantity={quantity(model.kvUtilization.value, "ratio")}
            provenance={model.kvUtilization.provenance}
          >
            <Meter value={model.kvUtilization.value ?? 0} label={`Key/value cache of ${name}`} />
          </Readout>
        </dl>
        <ModelCharts name={name} />
      </div>
    </Panel>
  );
}

function Latency({ label, reading }: { label: string; reading: Reading }) {
  return (
    <Readout
      label={label}
      size="small"
      quantity={quantity(reading.value, reading.unit)}
      provenance={reading.provenance}
      missing="no request"
    />
  );
}

function Count({ label, reading, course }: { label: string; reading: Reading; course: Course }) {
  return (
    <Readout label={label} size="small" quantity={quantity(reading.value, "count")} provenance={reading.provenance}>
      <Sparkline values={course.values} times={course.times} floor={2} className="h-4 w-full text-ink-2" />
    </Readout>
  );
}
