"use client";
// The drawing of a folded graph: boxes, edges, frames. One box takes part in the tab order; arrow keys move among them.
import type { Change } from "./diff";
import { useRef, type KeyboardEvent } from "react";
import type { DrawnNode, Folded } from "./fold";
import { NODE_HEIGHT, NODE_WIDTH, type Layout, type PlacedEdge, type Point } from "./layout";
import { NodeBox } from "./node-box";

interface Props {
  title: string;
  folded: Folded;
  layout: Layout;
  zoom: number;
  /** What a marked node is. */
  change: Change;
  selected: number | null;
  onSelect: (drawn: number) => void;
}

export function Drawing({ title, folded, layout, zoom, change, selected, onSelect }: Props) {
  const boxes = useRef<(SVGGElement | null)[]>([]);
  const move = (event: KeyboardEvent, from: number) => {
    const to = target(event.key, from, folded.nodes.length);
    if (to === null) return;
    event.preventDefault();
    onSelect(to);
    boxes.current[to]?.focus();
  };
  return (
    <svg
      role="group"
      aria-label={title}
      width={layout.width * zoom}
      height={layout.height * zoom}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      className="mx-auto block max-w-none"
    >
      {layout.frames.map((frame) => (
        <g key={frame.y} aria-hidden="true">
          <rect
            x={frame.x}
            y={frame.y}
            width={frame.width}
            height={frame.height}
            rx="8"
            fill="var(--sunken)"
            stroke="var(--line-strong)"
            strokeDasharray="4 3"
          />
          <text x={frame.x + 10} y={frame.y + 17} fontSize="12" fontWeight="600" fill="var(--ink-2)">
            × {frame.times}
          </text>
        </g>
      ))}
      <g fill="none" stroke="var(--line-strong)" strokeWidth="1.2" aria-hidden="true">
        {layout.edges.map((edge) => (
          <path
            key={`${edge.from} ${edge.to}`}
            d={curve(edge)}
            stroke={edge.from === selected || edge.to === selected ? "var(--accent)" : undefined}
            strokeWidth={edge.from === selected || edge.to === selected ? 2 : undefined}
          />
        ))}
      </g>
      {folded.nodes.map((node, index) => (
        <NodeBox
          key={node.node}
          ref={(element) => {
            boxes.current[index] = element;
          }}
          node={node}
          more={moreOf(node, index, folded, change)}
          at={layout.nodes[index] ?? ORIGIN}
          size={{ width: NODE_WIDTH, height: NODE_HEIGHT }}
          change={node.changed ? change : null}
          selected={selected === index}
          tabIndex={(selected ?? 0) === index ? 0 : -1}
          onSelect={() => onSelect(index)}
          onKeyDown={(event) => move(event, index)}
        />
      ))}
    </svg>
  );
}

const ORIGIN: Point = { x: 0, y: 0 };

function target(key: string, from: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return Math.min(count - 1, from + 1);
    case "ArrowUp":
    case "ArrowLeft":
      return Math.max(0, from - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

function moreOf(node: DrawnNode, index: number, { frames }: Folded, change: Change): string {
  const frame = frames.find(({ first, last }) => first <= index && index <= last);
  const words = [
    frame === undefined ? "" : `in ${frame.times} layers`,
    node.changed ? (change === "gone" ? "taken away by a pass" : "new from a pass") : "",
  ];
  return words.filter((each) => each !== "").join(", ");
}

function curve({ points }: PlacedEdge): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${x} ${y}`;
      if (before.x === x) return `V${y}`;
      const middle = (before.y + y) / 2;
      return `C${before.x} ${middle} ${x} ${middle} ${x} ${y}`;
    })
    .join("");
}
