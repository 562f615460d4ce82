"use client";
// What each step took, by this browser's clock.
import { Panel } from "@/components/ui/panel";
import { ProvenanceMark } from "@/components/ui/provenance";
import { text } from "@/format/quantity";
import { usePlayground } from "./store";

export function TimingsPanel() {
  const { chosen, run, firstMs } = usePlayground();
  if (chosen.tag !== "ready") return null;
  const { fetch, verify, transpile } = chosen.subject.timings;
  const { load, instantiate, call } =
    run.tag === "done" ? run.outcome.timings : { load: null, instantiate: null, call: null };
  const rows: [string, string, number | null][] = [
    ["Fetch", "component and bundle", fetch],
    ["Verify", "digest and signature", verify],
    ["Transpile", "component to script", transpile],
    ["Load", "compile and import; once per worker", load],
    ["Instantiate", "a fresh instance for every call", instantiate],
    ["Call", "what the component itself took", call],
    ["To the first output", "from the bytes, all steps but the fetch", firstMs],
  ];
  return (
    <Panel title="Timings" note={<ProvenanceMark provenance="measured" />}>
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2 lg:grid-cols-4">
        {rows.map(([name, about, ms]) => (
          <div key={name}>
            <dt className="text-xs text-ink-2">
              {name} <span className="text-ink-3">· {about}</span>
            </dt>
            <dd className="text-lg text-ink">{ms === null ? "–" : text(ms / 1_000, "seconds")}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
