import type { Log } from '../../src/core/log.ts';
import type { Releasers } from '../../src/core/releasers.ts';
import type { Result } from './measure.ts';

/** The options of all benchmarks of a run. */
export interface BenchRun {
  /** Fewer and smaller rounds: shows that the benchmark works; its figures are not for publication. */
  readonly quick: boolean;
  /** Operations in flight, the same on both sides; undefined: the benchmark's default. */
  readonly inFlight: number | undefined;
  readonly log: Log;
  /** Writes progress to standard error. */
  readonly say: (line: string) => void;
}

/** The context of a benchmark whose sides use one server. */
export interface Bench extends BenchRun {
  /** Creates an empty database on it; returns its URL. */
  readonly database: (name: string) => Promise<string>;
}

/** Returns one or more results (P2a has two) by name; opened resources are registered with `releasers`. */
export type Benchmark = (bench: Bench, releasers: Releasers) => Promise<Readonly<Record<string, Result>>>;
