/** The value below which `share` (0 to 1) of the values are. Throws if there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}

export function median(values: readonly number[]): number {
  const upper = percentile(values, 0.5);
  if (values.length % 2 === 1) return upper;
  const sorted = [...values].sort((one, other) => one - other);
  return (upper + (sorted[values.length / 2 - 1] ?? upper)) / 2;
}

/** Three significant digits, which is the precision of a benchmark. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
