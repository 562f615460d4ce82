// Kinds and capabilities in plain words.

export const KINDS = ["widget", "analyzer", "optimization-pass"] as const;

const KIND_NAMES: Record<string, string> = {
  widget: "Widget",
  analyzer: "Analyzer",
  "optimization-pass": "Optimization pass",
};

const KIND_WORDS: Record<string, string> = {
  widget: "Draws metrics on the board",
  analyzer: "Reads metrics and says what could be better",
  "optimization-pass": "Rewrites a model's graph when it is loaded; every change is validated and measured first",
};

export function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

export function kindWords(kind: string): string {
  return KIND_WORDS[kind] ?? "Does something that this page does not know";
}

/** What a capability lets a package do. */
export function capabilityWords(capability: string): string {
  if (capability === "log") return "Write lines to the server's log";
  if (capability.startsWith("metric:")) return `Read the metric ${capability.slice("metric:".length)}`;
  return capability;
}

/** Bytes as people say them. */
export function bytesWords(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
