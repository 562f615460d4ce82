// One layer's marks.
import type { Layer as LayerNode } from "@/api/types";
import { areaPath, linePath, type Point } from "@/charts/path";
import type { LayerStyle } from "../colour";
import type { Frame } from "./frame";
import { pointPath } from "./point";

interface Props {
  layer: LayerNode;
  style: LayerStyle;
  frame: Frame;
  /** A logarithm has no place for zero: such values are gaps. */
  log: { x: boolean; y: boolean };
}

export function placed({ layer, frame, log }: Omit<Props, "style">): (Point | null)[] {
  return Array.from(layer.xs, (x, index) => {
    const y = layer.ys[index];
    if (y === null || y === undefined || !Number.isFinite(y) || (log.y && y <= 0) || (log.x && x <= 0)) return null;
    return { x: frame.x.place(x), y: frame.y.place(y) };
  });
}

export function Layer({ style, ...where }: Props) {
  const { layer, frame } = where;
  const points = placed(where);
  const base = Math.min(frame.bottom, Math.max(frame.top, frame.y.place(0)));
  const line = (
    <path
      d={linePath(points)}
      fill="none"
      stroke={style.colour}
      strokeWidth="1.75"
      strokeLinejoin="round"
      strokeDasharray={style.dash}
    />
  );
  switch (layer.mark) {
    case "line":
      return line;
    case "area":
      return (
        <g>
          <path d={areaPath(points, base)} fill={style.colour} opacity="0.16" />
          {line}
        </g>
      );
    case "bar":
      return <path d={points.map((point) => bar(point, base, frame.bar)).join("")} fill={style.colour} />;
    case "point":
      return (
        <path
          d={points.map((point) => (point === null ? "" : pointPath(style.shape, point.x, point.y, 3))).join("")}
          fill={style.colour}
        />
      );
  }
}

function bar(point: Point | null, base: number, width: number): string {
  if (point === null) return "";
  const [x, y] = [point.x - width / 2, Math.min(point.y, base)];
  const height = Math.max(0.5, Math.abs(base - point.y));
  return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
}
