"use client";
// One op as a box: its name, what sets it apart, and a sign where a pass took it away or brought it.
import type { KeyboardEvent, Ref } from "react";
import type { Change } from "./diff";
import type { DrawnNode } from "./fold";
import type { Point } from "./layout";

interface Props {
  ref: Ref<SVGGElement>;
  node: DrawnNode;
  /** What is not written in the box. */
  more: string;
  at: Point;
  size: { width: number; height: number };
  change: Change | null;
  selected: boolean;
  tabIndex: number;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

const LOOKS = {
  gone: { stroke: "var(--bad)", fill: "var(--bad-soft)", sign: "−", dash: "4 3" },
  added: { stroke: "var(--good)", fill: "var(--good-soft)", sign: "+", dash: undefined },
  same: { stroke: "var(--line-strong)", fill: "var(--panel)", sign: "", dash: undefined },
};

/** About as many letters as the box is wide. */
const LETTERS = 27;

export function NodeBox({ ref, node, more, at, size, change, selected, tabIndex, onSelect, onKeyDown }: Props) {
  const look = LOOKS[change ?? "same"];
  return (
    <g
      ref={ref}
      role="button"
      aria-pressed={selected}
      tabIndex={tabIndex}
      transform={`translate(${at.x} ${at.y})`}
      onClick={onSelect}
      onFocus={onSelect}
      onKeyDown={onKeyDown}
      className="group cursor-pointer outline-none"
    >
      {more !== "" && <desc>{more}</desc>}
      <rect
        x="-3"
        y="-3"
        width={size.width + 6}
        height={size.height + 6}
        rx="7"
        fill="none"
        stroke="var(--focus)"
        strokeWidth="2"
        className="opacity-0 group-focus-visible:opacity-100"
      />
      <rect
        width={size.width}
        height={size.height}
        rx="5"
        fill={look.fill}
        stroke={selected ? "var(--accent)" : look.stroke}
        strokeWidth={selected ? 2 : 1.2}
        strokeDasharray={selected ? undefined : look.dash}
      />
      <text x="9" y={node.detail === "" ? 25 : 17} fontSize="12" fontWeight="600" fill="var(--ink)">
        {node.op}
      </text>
      {node.reads.length > 0 && (
        <text
          x={size.width - 9 - (look.sign === "" ? 0 : 14)}
          y="17"
          fontSize="10.5"
          textAnchor="end"
          fill="var(--ink-3)"
        >
          {node.reads.join(", ")}
        </text>
      )}
      {node.detail !== "" && (
        <text x="9" y="32" fontSize="10.5" fill="var(--ink-2)">
          {node.detail.length > LETTERS ? `${node.detail.slice(0, LETTERS - 1)}…` : node.detail}
        </text>
      )}
      {look.sign !== "" && (
        <text x={size.width - 9} y="18" fontSize="15" fontWeight="700" textAnchor="end" fill={look.stroke}>
          {look.sign}
        </text>
      )}
    </g>
  );
}
