// The types of the API that pages use, under the names that they use.

export type Unit = "none" | "count" | "tokens" | "requests" | "seconds" | "bytes" | "ratio" | "per-second";
export type Provenance = "measured" | "estimated" | "unavailable";
export type Tone = "neutral" | "accent" | "good" | "warn" | "bad";

export interface Stack { direction: "row" | "column"; children: number[] }
export interface Grid { columns: number; children: number[] }
export interface Text { text: string; style: "body" | "heading" | "caption" | "code"; tone: Tone }
export interface Stat {
  label: string;
  value?: number | null;
  unit: Unit;
  provenance: Provenance;
  tone: Tone;
  trend: (number | null)[];
}
export type Cell = { tag: "empty" } | { tag: "text"; val: string } | { tag: "number"; val: number };
export interface Table { caption: string; columns: { title: string; unit: Unit }[]; rows: Cell[][] }
export interface Axis { label: string; unit: Unit; scale: "linear" | "log" | "time" }
export type Mark = "line" | "area" | "bar" | "point";
export interface Layer { name: string; mark: Mark; tone: Tone; xs: number[]; ys: (number | null)[] }
export interface Chart { description: string; x: Axis; y: Axis; layers: Layer[] }
export interface Heatmap {
  description: string;
  x: Axis;
  xs: number[];
  rows: string[];
  unit: Unit;
  values: (number | null)[];
}
export interface Breakdown {
  description: string;
  unit: Unit;
  provenance: Provenance;
  parts: { name: string; value: number }[];
}
export type ViewNode =
  | { tag: "stack"; val: Stack }
  | { tag: "grid"; val: Grid }
  | { tag: "text"; val: Text }
  | { tag: "stat"; val: Stat }
  | { tag: "table"; val: Table }
  | { tag: "chart"; val: Chart }
  | { tag: "heatmap"; val: Heatmap }
  | { tag: "breakdown"; val: Breakdown };
export interface View { nodes: ViewNode[]; root: number }

export interface Reading { value?: number | null; unit: Unit; provenance: Provenance }
export interface ModelSnapshot {
  model: string;
  generationTokensPerSecond: Reading;
  promptTokensPerSecond: Reading;
  timeToFirstTokenP50: Reading;
  timeToFirstTokenP95: Reading;
  interTokenP50: Reading;
  interTokenP95: Reading;
  requestsWaiting: Reading;
  requestsRunning: Reading;
  kvUtilization: Reading;
}
export interface ProcessSnapshot {
  residentBytes: Reading;
  cpuRatio: Reading;
  threads: Reading;
  uptimeSeconds: Reading;
}
export interface Snapshot {
  at: number;
  models: ModelSnapshot[];
  process: ProcessSnapshot;
  requestsPerSecond: Reading;
}

export interface Query {
  metric: string;
  aggregate: "last" | "mean" | "max" | "rate" | "increase";
  windowSeconds: number;
  stepSeconds: number;
}
export interface Series { labels: { name: string; value: string }[]; values: (number | null)[] }
export interface Frame { metric: string; unit: Unit; provenance: Provenance; times: number[]; series: Series[] }
