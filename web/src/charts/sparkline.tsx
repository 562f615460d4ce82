// A small line without axes: the course of one value. It is decoration beside the value, which is given in figures.
import { areaPath, linePath, type Point } from "./path";

interface Props {
  values: ArrayLike<number | null>;
  /** When each value was: then the line ends at the newest, and begins `span` milliseconds before. */
  times?: readonly number[];
  span?: number;
  /** The least height of the scale: a line that hardly moves should look so. */
  floor?: number;
  className?: string;
}

const WIDTH = 120;
const HEIGHT = 28;

export function Sparkline({ values, times, span = 300_000, floor = 0, className }: Props) {
  const known = Array.from(values).filter((value): value is number => value !== null && Number.isFinite(value));
  const high = Math.max(floor, ...known, Number.MIN_VALUE);
  const low = Math.min(0, ...known);
  const step = WIDTH / Math.max(1, values.length - 1);
  const newest = times?.at(-1) ?? 0;
  const place = (index: number) => {
    const time = times?.[index];
    return time === undefined ? index * step : WIDTH * (1 - (newest - time) / span);
  };
  const points = Array.from(values, (value, index): Point | null =>
    value === null || !Number.isFinite(value)
      ? null
      : { x: place(index), y: HEIGHT - 1.5 - ((value - low) / (high - low)) * (HEIGHT - 3) },
  );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={className ?? "h-7 w-full text-accent"}
      aria-hidden="true"
    >
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      <path d={areaPath(points, HEIGHT)} fill="currentColor" opacity="0.13" />
      <path
        d={linePath(points)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
