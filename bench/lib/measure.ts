import type { BenchRun } from './bench.ts';
import { median, rounded } from './stats.ts';

/** One measured target: `ratio` is ours / theirs. */
export interface Result {
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly unit: string;
  readonly against: string;
  /** The target as text, and whether this run met it. */
  readonly target: string;
  readonly met: boolean;
  /** Additional measurements. */
  readonly [more: string]: unknown;
}

export interface Side {
  readonly name: string;
  /** One measurement, in the unit of the result. */
  readonly once: () => Promise<number>;
}

/**
 * Measures two sides in turn (A B A B …) after a warm-up pair, and returns the median of each side and of the ratios of
 * the pairs: both halves of a pair ran under the same load of the machine.
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
