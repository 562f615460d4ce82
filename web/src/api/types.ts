// The types of the API under the names that pages use. All of them come from the server's own description.
import type { components } from "./generated";

type Schemas = components["schemas"];

export type Unit = Schemas["Unit"];
export type Provenance = Schemas["Provenance"];
export type Tone = Schemas["Tone"];

export type View = Schemas["View"];
export type ViewNode = Schemas["Node"];
export type Stack = Schemas["Stack"];
export type Grid = Schemas["Grid"];
export type Text = Schemas["Text"];
export type Stat = Schemas["Stat"];
export type Table = Schemas["Table"];
export type Cell = Schemas["Cell"];
export type Chart = Schemas["Chart"];
export type Axis = Schemas["Axis"];
export type Layer = Schemas["Layer"];
export type Heatmap = Schemas["Heatmap"];
export type Breakdown = Schemas["Breakdown"];

export type Snapshot = Schemas["Snapshot"];
export type ModelSnapshot = Schemas["ModelSnapshot"];
export type ProcessSnapshot = Schemas["ProcessSnapshot"];
export type Reading = Schemas["Reading"];
export type MetricInfo = Schemas["MetricInfo"];
export type Query = Schemas["Query"];
export type Frame = Schemas["Frame"];
export type Series = Schemas["Series"];

export type WatchedWidget = Schemas["WatchedWidget"];
export type ViewMessage = Schemas["ViewMessage"];
export type ViewErrorMessage = Schemas["ViewErrorMessage"];

export type SystemInfo = Schemas["SystemInfo"];
export type ModelDetail = Schemas["ModelDetail"];
export type OptimizationReport = Schemas["OptimizationReport"];
export type PassReport = Schemas["PassReport"];
export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["GraphNode"];
export type GraphOp = Schemas["GraphOp"];
export type PluginInfo = Schemas["PluginInfo"];
export type PluginState = Schemas["PluginState"];
export type FoundOpportunity = Schemas["FoundOpportunity"];
export type Opportunity = Schemas["Opportunity"];
export type ChatChunk = Schemas["ChatChunk"];
export type Target = Schemas["Target"];
