// Percentiles from the buckets of a histogram, as the server estimates them: by a straight line inside the bucket.

/** A bucket: its upper bound, and how many lie between it and the bound below. Lowest first. */
export type Bucket = [bound: number, count: number];

export function quantile(buckets: readonly Bucket[], q: number): number | null {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 0) return null;
  const rank = q * total;
  let below = 0;
  let lower = 0;
  for (const [upper, count] of buckets) {
    const finite = Number.isFinite(upper);
    if (count > 0 && below + count >= rank) {
      const inside = Math.min(1, Math.max(0, (rank - below) / count));
      return finite ? lower + (upper - lower) * inside : lower;
    }
    below += count;
    if (finite) lower = upper;
  }
  return lower;
}
