import type { Log } from '../../src/core/log.ts';
import type { Releasers } from '../../src/core/releasers.ts';
import type { Result } from './measure.ts';

/** What every benchmark is handed. */
export interface Bench {
  /** Fewer and smaller rounds: to see that it runs, not to quote. */
  readonly quick: boolean;
  /** Work under way at once, the same on both sides, when somebody said so. */
  readonly inFlight: number | undefined;
  /** Makes an empty database on the one server all sides share; gives its URL. */
  readonly database: (name: string) => Promise<string>;
  readonly log: Log;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
}

/** Measures one promise or several (P2a has two), by their names; what it opens goes to `releasers`. */
export type Benchmark = (bench: Bench, releasers: Releasers) => Promise<Readonly<Record<string, Result>>>;
