// Where tiles lie: a grid of twelve columns on which nothing overlaps and nothing floats. Pure.

export const COLUMNS = 12;
/** The most rows of a tile; a taller one fits no screen. */
export const MAX_HEIGHT = 20;
const MIN_WIDTH = 2;
const MIN_HEIGHT = 3;

export interface Place {
  id: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Puts one tile where it is wanted, as far as the board reaches, and makes room: the others fall down and rise again. */
export function put<P extends Place>(tiles: readonly P[], id: string, wanted: Partial<Omit<Place, "id">>): P[] {
  return settle(
    tiles.map((tile) => (tile.id === id ? { ...tile, ...within({ ...tile, ...wanted }) } : tile)),
    id,
  );
}

/** Moves a tile by a step of the keyboard: as far as it takes until something changes, or not at all. */
export function nudge<P extends Place>(tiles: readonly P[], id: string, columns: number, rows: number): P[] {
  const tile = tiles.find((each) => each.id === id);
  const before = key(tiles);
  for (let times = 1; tile !== undefined && times <= MAX_HEIGHT; times += 1) {
    const moved = put(tiles, id, { x: tile.x + columns * times, y: tile.y + rows * times });
    if (key(moved) !== before) return moved;
  }
  return [...tiles];
}

/** Makes a tile larger by a step of the keyboard, or smaller by a negative one. */
export function grow<P extends Place>(tiles: readonly P[], id: string, columns: number, rows: number): P[] {
  const tile = tiles.find((each) => each.id === id);
  return tile === undefined ? [...tiles] : put(tiles, id, { w: tile.w + columns, h: tile.h + rows });
}

function key(tiles: readonly Place[]): string {
  return reading(tiles)
    .map(({ id, x, y }) => `${id} ${x} ${y}`)
    .join();
}

/** Adds a tile where there is room first, from the top. */
export function add<P extends Place>(tiles: readonly P[], tile: P): P[] {
  const sized = { ...tile, ...within(tile) };
  for (let y = 0; ; y += 1) {
    for (let x = 0; x + sized.w <= COLUMNS; x += 1) {
      const placed = { ...sized, x, y };
      if (!tiles.some((other) => overlap(other, placed))) return settle([...tiles, placed]);
    }
  }
}

/** Removes a tile; those below rise. */
export function remove<P extends Place>(tiles: readonly P[], id: string): P[] {
  return settle(tiles.filter((tile) => tile.id !== id));
}

/** From top to bottom and from left to right: the order in which they are read, and shown where there is one column. */
export function reading<P extends Place>(tiles: readonly P[]): P[] {
  return [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);
}

/** Lets every tile rise as far as it can. Where two want one place, `first` gets it. */
function settle<P extends Place>(tiles: readonly P[], first?: string): P[] {
  const order = [...tiles].sort((a, b) => a.y - b.y || Number(b.id === first) - Number(a.id === first) || a.x - b.x);
  const settled: P[] = [];
  for (const tile of order) {
    const free = (y: number) => !settled.some((other) => overlap(other, { ...tile, y }));
    let { y } = tile;
    while (!free(y)) y += 1;
    while (y > 0 && free(y - 1)) y -= 1;
    settled.push({ ...tile, y });
  }
  return settled;
}

function within({ x, y, w, h }: Omit<Place, "id">): Omit<Place, "id"> {
  const width = clamp(w, MIN_WIDTH, COLUMNS);
  return { x: clamp(x, 0, COLUMNS - width), y: Math.max(0, y), w: width, h: clamp(h, MIN_HEIGHT, MAX_HEIGHT) };
}

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
