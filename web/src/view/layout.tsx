// Stacks and grids: where children go. Both give way to narrow space.
import type { Grid as GridNode, Stack as StackNode, View } from "@/api/types";
import { Node } from "./view-tree";

export function Stack({ direction, children, view }: StackNode & { view: View }) {
  const items = children.map((at) => (
    <div key={at} className="flex min-w-0 grow basis-40 flex-col">
      <Node view={view} at={at} />
    </div>
  ));
  return direction === "row" ? (
    <div className="flex min-w-0 flex-wrap gap-x-5 gap-y-3">{items}</div>
  ) : (
    <div className="flex min-h-0 min-w-0 grow flex-col gap-3">
      {children.map((at) => (
        <Node key={at} view={view} at={at} />
      ))}
    </div>
  );
}

export function Grid({ columns, children, view }: GridNode & { view: View }) {
  const gaps = `${columns - 1} * 0.75rem`;
  return (
    <div
      className="grid min-w-0 gap-3"
      style={{ gridTemplateColumns: `repeat(auto-fit, minmax(max(7.5rem, (100% - ${gaps}) / ${columns}), 1fr))` }}
    >
      {children.map((at) => (
        <div key={at} className="flex min-w-0 flex-col">
          <Node view={view} at={at} />
        </div>
      ))}
    </div>
  );
}
