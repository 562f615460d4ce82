// Values of a heatmap become ten levels, and each level one path: a drawing of ten elements, however many cells.

export const LEVELS = 10;

/** Level 0 is exactly zero; whatever is more is seen. */
export function levelOf(value: number, largest: number): number {
  if (!(value > 0) || !(largest > 0)) return 0;
  return Math.min(LEVELS - 1, Math.max(1, Math.ceil((value / largest) * (LEVELS - 1))));
}

export interface Cells {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

/** The `d` of each level's path. Gaps are in none. Row 0 is the lowest. */
export function levelPaths(values: ArrayLike<number | null>, { columns, rows, width, height }: Cells): string[] {
  const known = Array.from(values).filter((value): value is number => value !== null && Number.isFinite(value));
  const largest = known.reduce((most, value) => Math.max(most, value), 0);
  const paths = Array.from({ length: LEVELS }, () => "");
  // Edges on whole pixels: neighbours touch, without a seam.
  const across = (column: number) => Math.round((column * width) / columns);
  const up = (row: number) => Math.round(height - (row * height) / rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column];
      if (value === null || value === undefined || !Number.isFinite(value)) continue;
      const level = levelOf(value, largest);
      const [x, y] = [across(column), up(row + 1)];
      const [w, h] = [across(column + 1) - x, up(row) - y];
      paths[level] += `M${x} ${y}h${w}v${h}h${-w}z`;
    }
  }
  return paths;
}
