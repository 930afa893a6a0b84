import type { BenchRun } from './bench.ts';
import { median, rounded } from './stats.ts';

/** One promise, measured: `ratio` is ours / theirs. */
export interface Result {
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly unit: string;
  readonly against: string;
  /** What was promised, and whether this run kept it. */
  readonly promise: string;
  readonly kept: boolean;
  /** Whatever else was measured on the way. */
  readonly [more: string]: unknown;
}

export interface Side {
  readonly name: string;
  /** One measurement; the figure in the unit of the result. */
  readonly once: () => Promise<number>;
}

/**
 * Measures two sides in turn (A B A B …), a pair that does not count first, and gives the median of each side and of
 * the pairs' own ratios: both halves of a pair saw the same machine, whatever else it was doing.
 */
export async function inPairs(
  bench: BenchRun,
  unit: string,
  pairs: number,
  [ours, theirs]: readonly [Side, Side],
): Promise<{ ours: number; theirs: number; ratio: number; pairs: [number, number][] }> {
  const measured: [number, number][] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const one = await ours.once();
    const other = await theirs.once();
    const what = pair === 0 ? 'warm-up' : `pair ${pair} of ${pairs}`;
    bench.say(`${what}: ${ours.name} ${rounded(one)} ${unit}, ${theirs.name} ${rounded(other)} ${unit}`);
    if (pair > 0) measured.push([rounded(one), rounded(other)]);
  }
  return {
    ours: rounded(median(measured.map(([one]) => one))),
    theirs: rounded(median(measured.map(([, other]) => other))),
    ratio: rounded(median(measured.map(([one, other]) => one / other))),
    pairs: measured,
  };
}
