import type { Log } from '../../src/core/log.ts';
import type { Releasers } from '../../src/core/releasers.ts';
import type { Result } from './measure.ts';

/** What holds for every benchmark of a run. */
export interface BenchRun {
  /** Fewer and smaller rounds: to see that it runs, not to quote. */
  readonly quick: boolean;
  /** Work under way at once, the same on both sides, when somebody said so. */
  readonly inFlight: number | undefined;
  readonly log: Log;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
}

/** What every benchmark is handed whose sides share one server. */
export interface Bench extends BenchRun {
  /** Makes an empty database on it; gives its URL. */
  readonly database: (name: string) => Promise<string>;
}

/** Measures one promise or several (P2a has two), by their names; what it opens goes to `releasers`. */
export type Benchmark = (bench: Bench, releasers: Releasers) => Promise<Readonly<Record<string, Result>>>;
