"use client";
// Draws a view: the typed tree that a widget returned, with our own components. It must have passed `checkView`, here or
// on the server: the depth of the recursion is the depth of the tree.
import type { View } from "@/api/types";
import { Breakdown } from "./breakdown";
import { Chart } from "./chart/chart";
import { Heatmap } from "./heatmap/heatmap";
import { Grid, Stack } from "./layout";
import { Stat } from "./stat";
import { Table } from "./table";
import { Text } from "./text";

export function ViewTree({ view }: { view: View }) {
  return (
    <div className="@container flex h-full min-h-0 min-w-0 flex-col">
      <Node view={view} at={view.root} />
    </div>
  );
}

export function Node({ view, at }: { view: View; at: number }) {
  const node = view.nodes[at];
  switch (node?.tag) {
    case undefined:
      return null;
    case "stack":
      return <Stack {...node.val} view={view} />;
    case "grid":
      return <Grid {...node.val} view={view} />;
    case "text":
      return <Text {...node.val} />;
    case "stat":
      return <Stat {...node.val} />;
    case "table":
      return <Table {...node.val} />;
    case "chart":
      return <Chart {...node.val} />;
    case "heatmap":
      return <Heatmap {...node.val} />;
    case "breakdown":
      return <Breakdown {...node.val} />;
  }
}
