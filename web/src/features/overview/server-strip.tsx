"use client";
// The whole server in one strip of instruments.
import type { Reading, Snapshot } from "@/api/types";
import { Sparkline } from "@/charts/sparkline";
import { Readout } from "@/components/ui/readout";
import { significant } from "@/format/number";
import { NOTHING, quantity, type Quantity } from "@/format/quantity";
import { span } from "@/format/time";
import { modelKey, processKey, REQUESTS_KEY, useCourse, type Course } from "@/live";
import { addReadings } from "./add";

export function ServerStrip({ snapshot }: { snapshot: Snapshot }) {
  const { models, process, requestsPerSecond } = snapshot;
  const keys = (reading: string) => models.map(({ model }) => modelKey(model, reading));
  const generated = useCourse(...keys("generationTokensPerSecond"));
  const running = useCourse(...keys("requestsRunning"));
  const waiting = useCourse(...keys("requestsWaiting"));
  const tokens = addReadings(models.map((model) => model.generationTokensPerSecond));
  return (
    <section aria-label="The server now" className="rounded-lg border border-line bg-panel">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-3.5 sm:grid-cols-3 xl:grid-cols-6">
        <Instrument label="Tokens generated" reading={tokens} course={generated} floor={1} />
        <Instrument
          label="In progress"
          reading={addReadings(models.map((model) => model.requestsRunning))}
          course={running}
          floor={2}
        />
        <Instrument
          label="Waiting"
          reading={addReadings(models.map((model) => model.requestsWaiting))}
          course={waiting}
          floor={2}
        />
        <Instrument label="HTTP answers" reading={requestsPerSecond} course={useCourse(REQUESTS_KEY)} floor={1} />
        <Instrument label="Memory" reading={process.residentBytes} course={useCourse(processKey("residentBytes"))} />
        <Instrument
          label="Processor"
          reading={process.cpuRatio}
          shown={cores(process.cpuRatio)}
          course={useCourse(processKey("cpuRatio"))}
          floor={1}
        />
      </dl>
      <p className="border-t border-line px-3.5 py-1.5 text-xs text-ink-3">
        Up {uptime(process.uptimeSeconds)} · {threads(process.threads)} · lines show the last 5 minutes
      </p>
    </section>
  );
}

interface InstrumentProps {
  label: string;
  reading: Reading;
  course: Course;
  shown?: Quantity;
  floor?: number;
}

function Instrument({ label, reading, course, shown, floor = 0 }: InstrumentProps) {
  return (
    <Readout label={label} quantity={shown ?? quantity(reading.value, reading.unit)} provenance={reading.provenance}>
      <Sparkline values={course.values} times={course.times} floor={floor} className="mt-1 h-7 w-full text-accent" />
    </Readout>
  );
}

function cores({ value }: Reading): Quantity {
  if (value === undefined || value === null) return { figures: NOTHING, suffix: "" };
  return { figures: significant(value), suffix: value === 1 ? "core busy" : "cores busy" };
}

function uptime({ value }: Reading): string {
  return value === undefined || value === null ? "for an unknown time" : span(value);
}

function threads({ value }: Reading): string {
  return value === undefined || value === null ? "threads unknown" : `${value} threads`;
}
