// Values become the `d` of an SVG path. A gap in the values is a gap in the path, never a line over it.

export interface Point {
  x: number;
  y: number;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The stretches without a gap. */
export function stretches(points: (Point | null)[]): Point[][] {
  const found: Point[][] = [];
  let current: Point[] = [];
  for (const point of points) {
    if (point !== null) {
      current.push(point);
    } else if (current.length > 0) {
      found.push(current);
      current = [];
    }
  }
  if (current.length > 0) found.push(current);
  return found;
}

/** A line through the points. A point alone becomes a short dash, so that it is seen. */
export function linePath(points: (Point | null)[]): string {
  return stretches(points)
    .map((run) => {
      const [first] = run;
      if (first === undefined) return "";
      if (run.length === 1) return `M${round(first.x - 1)} ${round(first.y)}h2`;
      return run.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
    })
    .join("");
}

/** The area between the points and the line at `base`. */
export function areaPath(points: (Point | null)[], base: number): string {
  return stretches(points)
    .map((run) => {
      const [first, last] = [run[0], run.at(-1)];
      if (first === undefined || last === undefined) return "";
      const top = run.map(({ x, y }) => `L${round(x)} ${round(y)}`).join("");
      return `M${round(first.x)} ${round(base)}${top}L${round(last.x)} ${round(base)}Z`;
    })
    .join("");
}
