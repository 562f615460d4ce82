// Where a list repeats itself: the layers of a model are the same ops over and over.

/** A stretch of a list: `period` entries from `start`, `times` over. */
export interface Stretch {
  start: number;
  period: number;
  times: number;
}

/** Cuts a list into stretches, in order and without gaps. What does not repeat is a stretch of its own, once. */
export function stretches(list: readonly string[], from = 0, to = list.length): Stretch[] {
  if (from >= to) return [];
  const best = longest(list, from, to);
  if (best === null) return [{ start: from, period: to - from, times: 1 }];
  const end = best.start + best.period * best.times;
  return [...stretches(list, from, best.start), best, ...stretches(list, end, to)];
}

/** The repetition that saves the most entries; the shortest period wins a tie. Short ones are not worth a frame. */
function longest(list: readonly string[], from: number, to: number): Stretch | null {
  const LEAST_SAVED = 6;
  let best: Stretch | null = null;
  let saved = LEAST_SAVED - 1;
  for (let period = 2; period <= (to - from) / 2; period += 1) {
    let run = 0;
    for (let at = from; at + period <= to; at += 1) {
      if (at + period < to && list[at] === list[at + period]) {
        run += 1;
        continue;
      }
      const times = Math.floor(run / period) + 1;
      if ((times - 1) * period > saved) {
        saved = (times - 1) * period;
        best = { start: at - run, period, times };
      }
      run = 0;
    }
  }
  return best;
}
