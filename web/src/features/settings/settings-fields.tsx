"use client";
// The form of a widget's settings, generated from its schema. Values are kept by whoever shows it.
import { Checkbox, Input, Select } from "@/components/ui/field";
import { problemOf, type Field, type Settings } from "./schema";

interface Props {
  fields: readonly Field[];
  values: Settings;
  onChange: (values: Settings) => void;
}

export function SettingsFields({ fields, values, onChange }: Props) {
  if (fields.length === 0) return <p className="text-ink-2">This widget has no settings.</p>;
  return (
    <div className="flex flex-col gap-4">
      {fields.map((field) => (
        <SettingsField
          key={field.name}
          field={field}
          value={values[field.name]}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
        />
      ))}
    </div>
  );
}

/** Whether all values fit. */
export function allFit(fields: readonly Field[], values: Settings): boolean {
  return fields.every((field) => problemOf(field, values[field.name]) === undefined);
}

function SettingsField({
  field,
  value,
  onChange,
}: {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const common = { label: field.title, hint: field.description, error: problemOf(field, value) };
  switch (field.kind) {
    case "boolean":
      return <Checkbox {...common} checked={value === true} onChange={(event) => onChange(event.target.checked)} />;
    case "choice":
      return (
        <Select {...common} value={String(value)} onChange={(event) => onChange(event.target.value)}>
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </Select>
      );
    case "text":
      return <Input {...common} value={String(value)} onChange={(event) => onChange(event.target.value)} />;
    case "number":
      return (
        <Input
          {...common}
          type="number"
          step={field.whole ? 1 : "any"}
          min={field.min}
          max={field.max}
          value={typeof value === "number" && Number.isFinite(value) ? value : ""}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
      );
  }
}
