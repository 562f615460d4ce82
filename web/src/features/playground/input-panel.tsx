"use client";
// What the component is given: where the data comes from, the settings and the space of a widget, and the data itself,
// which can be changed.
import { useQuery } from "@tanstack/react-query";
import { Input, Select } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { SettingsFields } from "@/features/settings/settings-fields";
import { models } from "@/api/queries";
import { DataEditor } from "./data-editor";
import type { Source } from "./input";
import { recordingList } from "./queries";
import { usePlayground } from "./store";
import type { Subject } from "./subject";

export function InputPanel() {
  const { chosen, settings, set } = usePlayground();
  if (chosen.tag !== "ready") return null;
  const { subject } = chosen;
  const widget = subject.component.kind === "widget";
  return (
    <>
      <Panel title="Input">
        <div className="flex flex-col gap-4">
          <SourcePicker subject={subject} />
          {widget && <Space />}
          <DataEditor pass={subject.component.kind === "optimization-pass"} />
        </div>
      </Panel>
      {widget && (
        <Panel title="Settings" note="from the widget's own schema">
          <SettingsFields fields={subject.fields} values={settings} onChange={set} />
        </Panel>
      )}
    </>
  );
}

function SourcePicker({ subject }: { subject: Subject }) {
  const { source, give } = usePlayground();
  const recordings = useQuery(recordingList);
  const served = useQuery(models);
  const pass = subject.component.kind === "optimization-pass";
  const fitting = recordings.data?.filter(({ holds }) => (holds === "graph") === pass) ?? [];
  const value = source === null ? "" : keyOf(source);
  const recorded = source?.tag === "recording" ? fitting.find(({ name }) => name === source.val) : undefined;
  const choose = (key: string) => {
    const [tag = "", first = "", second = ""] = key.split("\n");
    if (tag === "live") give({ tag: "live" });
    if (tag === "recording") give({ tag: "recording", val: first });
    if (tag === "graph") give({ tag: "graph", val: { model: second, stage: first === "after" ? "after" : "before" } });
  };
  return (
    <Select
      label="Data"
      value={value}
      hint={recorded === undefined ? hintOf(source) : `${recorded.description} Origin: ${recorded.origin}.`}
      onChange={(event) => choose(event.target.value)}
    >
      {source?.tag === "edited" && <option value="edited">Your own, below</option>}
      {fitting.length > 0 && (
        <optgroup label="Recordings">
          {fitting.map(({ name }) => (
            <option key={name} value={`recording\n${name}`}>
              {name}
            </option>
          ))}
        </optgroup>
      )}
      {!pass && (
        <optgroup label="This server">
          <option value="live">The window that it asks for, up to now</option>
        </optgroup>
      )}
      {pass && served.data !== undefined && served.data.length > 0 && (
        <optgroup label="Models of this server">
          {served.data.flatMap(({ id }) => [
            <option key={`${id} before`} value={`graph\nbefore\n${id}`}>{`${id}, as its file gives it`}</option>,
            <option key={`${id} after`} value={`graph\nafter\n${id}`}>{`${id}, as it runs`}</option>,
          ])}
        </optgroup>
      )}
    </Select>
  );
}

function keyOf(source: Source): string {
  switch (source.tag) {
    case "recording":
      return `recording\n${source.val}`;
    case "graph":
      return `graph\n${source.val.stage}\n${source.val.model}`;
    default:
      return source.tag;
  }
}

function hintOf(source: Source | null): string | undefined {
  if (source?.tag === "live") return "Read anew with every run. Nothing of it leaves this browser.";
  if (source?.tag === "graph") return "Names, types and shapes; weights never leave the server.";
  return undefined;
}

const SIZES = { min: 1, max: 4_000 };

function Space() {
  const { viewport, resize } = usePlayground();
  const change = (key: "width" | "height", value: number) => {
    if (Number.isInteger(value) && value >= SIZES.min && value <= SIZES.max) resize({ ...viewport, [key]: value });
  };
  return (
    <div className="grid grid-cols-2 gap-3">
      {(["width", "height"] as const).map((key) => (
        <Input
          key={key}
          label={key === "width" ? "Width in px" : "Height in px"}
          type="number"
          {...SIZES}
          defaultValue={viewport[key]}
          onChange={(event) => change(key, event.target.valueAsNumber)}
        />
      ))}
    </div>
  );
}
