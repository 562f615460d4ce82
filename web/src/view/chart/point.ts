// The shapes of points.
import type { LayerStyle } from "../colour";

export function pointPath(shape: LayerStyle["shape"], x: number, y: number, r: number): string {
  const [cx, cy] = [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  switch (shape) {
    case "circle":
      return `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
    case "square":
      return `M${cx - r} ${cy - r}h${2 * r}v${2 * r}h${-2 * r}z`;
    case "triangle":
      return `M${cx} ${cy - r}L${cx + r} ${cy + r}h${-2 * r}z`;
    case "diamond":
      return `M${cx} ${cy - r}L${cx + r} ${cy}L${cx} ${cy + r}L${cx - r} ${cy}z`;
  }
}
