"use client";
// Which model, what it is told beforehand, and how its answers are sampled. Kept in this browser.
import type { ModelDetail } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Input, Select, Textarea } from "@/components/ui/field";
import { DEFAULTS, FIELDS, problemOf, type NumberField } from "./settings";
import { useChat } from "./store";

interface Props {
  models: ModelDetail[];
  model: ModelDetail;
  onModel: (id: string) => void;
}

export function SettingsPanel({ models, model, onModel }: Props) {
  const settings = useChat((state) => state.settings);
  const set = useChat((state) => state.set);
  return (
    <section
      aria-label="Settings"
      className="flex min-h-0 flex-col gap-3 overflow-y-auto rounded-lg border border-line bg-panel p-3.5"
    >
      <Select label="Model" value={model.id} onChange={(event) => onModel(event.target.value)}>
        {models.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </Select>
      <Textarea
        label="Told beforehand"
        hint="the system message"
        rows={3}
        value={settings.system}
        onChange={(event) => set({ ...settings, system: event.target.value })}
      />
      <div className="grid grid-cols-2 gap-x-3 gap-y-2.5 lg:grid-cols-1">
        {(Object.keys(FIELDS) as NumberField[]).map((field) => (
          <Input
            key={field}
            label={FIELDS[field].name}
            hint={FIELDS[field].hint}
            error={problemOf(field, settings[field])}
            inputMode="decimal"
            placeholder="as the server decides"
            value={settings[field]}
            onChange={(event) => set({ ...settings, [field]: event.target.value })}
          />
        ))}
      </div>
      <Button kind="quiet" size="small" icon="refresh" className="self-start" onClick={() => set(DEFAULTS)}>
        As at the beginning
      </Button>
    </section>
  );
}
