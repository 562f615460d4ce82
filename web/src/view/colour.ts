// Colours of layers and parts. A layer's tone decides where it says something; layers that say the same are told apart
// by the palette, by dashes and by the shape of their points, so that colour is never the only sign.
import type { Layer, Tone } from "@/api/types";

const SERIES = 8;

export function seriesColour(index: number): string {
  return `var(--series-${(index % SERIES) + 1})`;
}

const TONES: Partial<Record<Tone, string>> = {
  accent: "var(--accent)",
  good: "var(--good)",
  warn: "var(--warn)",
  bad: "var(--bad)",
};

export interface LayerStyle {
  colour: string;
  dash: string | undefined;
  shape: "circle" | "square" | "triangle" | "diamond";
}

const DASHES = [undefined, "5 3", "2 2", "8 3 2 3"];
const SHAPES = ["circle", "square", "triangle", "diamond"] as const;

/** One style per layer. A tone's colour goes to the first layer that has it, the palette to the others. */
export function layerStyles(layers: readonly Pick<Layer, "tone">[]): LayerStyle[] {
  const taken = new Set<Tone>();
  let next = 0;
  return layers.map(({ tone }, index) => {
    const own = taken.has(tone) ? undefined : TONES[tone];
    taken.add(tone);
    // The first colour of the palette is the accent's.
    const colour = own ?? seriesColour(1 + (next++ % (SERIES - 1)));
    return { colour, dash: DASHES[index % DASHES.length], shape: SHAPES[index % SHAPES.length] ?? "circle" };
  });
}
