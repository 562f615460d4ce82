// How answers are sampled: what people set, and what is sent for it. An empty field is left to the server.

export interface Settings {
  system: string;
  temperature: string;
  topP: string;
  topK: string;
  minP: string;
  repetitionPenalty: string;
  maxTokens: string;
  seed: string;
}

export const DEFAULTS: Settings = {
  system: "",
  temperature: "0.7",
  topP: "0.95",
  topK: "",
  minP: "",
  repetitionPenalty: "",
  maxTokens: "512",
  seed: "",
};

export type NumberField = Exclude<keyof Settings, "system">;

interface Bounds {
  name: string;
  hint: string;
  min: number;
  max: number;
  whole: boolean;
  /** The field of the request. */
  field: "temperature" | "top_p" | "top_k" | "min_p" | "repetition_penalty" | "max_completion_tokens" | "seed";
}

export const FIELDS: Record<NumberField, Bounds> = {
  temperature: {
    name: "Temperature",
    hint: "0 always takes the likeliest token",
    min: 0,
    max: 2,
    whole: false,
    field: "temperature",
  },
  topP: {
    name: "Top-p",
    hint: "the likeliest tokens up to this probability",
    min: 0,
    max: 1,
    whole: false,
    field: "top_p",
  },
  topK: { name: "Top-k", hint: "so many of the likeliest tokens", min: 0, max: 1_000_000, whole: true, field: "top_k" },
  minP: { name: "Min-p", hint: "none below this part of the likeliest", min: 0, max: 1, whole: false, field: "min_p" },
  repetitionPenalty: {
    name: "Repetition penalty",
    hint: "1 does nothing",
    min: 0.01,
    max: 10,
    whole: false,
    field: "repetition_penalty",
  },
  maxTokens: {
    name: "Most tokens",
    hint: "of the answer",
    min: 1,
    max: 1_000_000,
    whole: true,
    field: "max_completion_tokens",
  },
  seed: {
    name: "Seed",
    hint: "same seed, same text",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    whole: true,
    field: "seed",
  },
};

/** Why a text cannot be sent, or nothing. */
export function problemOf(field: NumberField, text: string): string | undefined {
  if (text.trim() === "") return undefined;
  const { min, max, whole } = FIELDS[field];
  const value = Number(text);
  if (!Number.isFinite(value)) return "That is not a number.";
  if (whole && !Number.isInteger(value)) return "Give a whole number.";
  if (value < min || value > max) return max >= 1_000_000 ? `Give at least ${min}.` : `Give ${min} to ${max}.`;
  return undefined;
}

/** The fields of the request. What is empty, or cannot be sent, is left out. */
export function sampling(settings: Settings): Partial<Record<Bounds["field"], number>> {
  const sent: Partial<Record<Bounds["field"], number>> = {};
  for (const [field, bounds] of Object.entries(FIELDS) as [NumberField, Bounds][]) {
    const text = settings[field].trim();
    if (text !== "" && problemOf(field, text) === undefined) sent[bounds.field] = Number(text);
  }
  return sent;
}

const KEY = "inferno.chat";

export function load(): Settings {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof kept !== "object" || kept === null) return DEFAULTS;
    const texts = Object.entries(kept).filter(([name, value]) => name in DEFAULTS && typeof value === "string");
    return { ...DEFAULTS, ...Object.fromEntries(texts) };
  } catch {
    return DEFAULTS;
  }
}

export function save(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Nothing is kept here: the settings hold until the page is left.
  }
}
