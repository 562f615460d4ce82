// Settings of a widget: from its JSON Schema to fields that a form shows, and to the values that it starts with. Only
// what the contract allows is read: an object of booleans, numbers, integers, strings and enumerations of strings.

export type Settings = Record<string, unknown>;

interface Common {
  name: string;
  title: string;
  description: string | undefined;
}

export type Field =
  | (Common & { kind: "boolean"; initial: boolean })
  | (Common & { kind: "number"; initial: number; whole: boolean; min: number | undefined; max: number | undefined })
  | (Common & { kind: "text"; initial: string; longest: number | undefined })
  | (Common & { kind: "choice"; initial: string; options: string[] });

/** The fields of a schema, in its order. What the contract does not know is left out. */
export function fieldsOf(schema: unknown): Field[] {
  if (!isRecord(schema) || !isRecord(schema["properties"])) return [];
  return Object.entries(schema["properties"]).flatMap(([name, property]) => {
    const field = isRecord(property) ? fieldOf(name, property) : undefined;
    return field === undefined ? [] : [field];
  });
}

/** The values that a form starts with: what was set, where it fits, else the defaults. */
export function valuesOf(fields: readonly Field[], settings: Settings): Settings {
  return Object.fromEntries(
    fields.map((field) => {
      const set = settings[field.name];
      return [field.name, problemOf(field, set) === undefined ? set : field.initial];
    }),
  );
}

/** What is wrong with a value, in words; undefined where nothing is. */
export function problemOf(field: Field, value: unknown): string | undefined {
  switch (field.kind) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "Choose yes or no.";
    case "choice":
      return typeof value === "string" && field.options.includes(value)
        ? undefined
        : `Choose one of ${field.options.join(", ")}.`;
    case "text":
      if (typeof value !== "string") return "Enter a text.";
      return field.longest !== undefined && value.length > field.longest
        ? `Enter at most ${field.longest} characters.`
        : undefined;
    case "number":
      return numberProblem(field, value);
  }
}

function numberProblem(field: Extract<Field, { kind: "number" }>, value: unknown): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return "Enter a number.";
  if (field.whole && !Number.isInteger(value)) return "Enter a whole number.";
  if (field.min !== undefined && value < field.min) return `Enter ${field.min} or more.`;
  if (field.max !== undefined && value > field.max) return `Enter ${field.max} or less.`;
  return undefined;
}

function fieldOf(name: string, property: Record<string, unknown>): Field | undefined {
  const { title, description, type, enum: options, default: initial } = property;
  const common = {
    name,
    title: typeof title === "string" ? title : name,
    description: typeof description === "string" ? description : undefined,
  };
  if (Array.isArray(options)) {
    const words = options.filter((option) => typeof option === "string");
    const first = words[0];
    if (first === undefined) return undefined;
    const known = typeof initial === "string" && words.includes(initial);
    return { ...common, kind: "choice", options: words, initial: known ? initial : first };
  }
  switch (type) {
    case "boolean":
      return { ...common, kind: "boolean", initial: initial === true };
    case "string":
      return {
        ...common,
        kind: "text",
        initial: typeof initial === "string" ? initial : "",
        longest: numeric(property["maxLength"]),
      };
    case "number":
    case "integer":
      return {
        ...common,
        kind: "number",
        whole: type === "integer",
        initial: numeric(initial) ?? numeric(property["minimum"]) ?? 0,
        min: numeric(property["minimum"]),
        max: numeric(property["maximum"]),
      };
    default:
      return undefined;
  }
}

function numeric(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
