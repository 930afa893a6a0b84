import type { TaskError } from './task.ts';

/** How a run ended. */
export const RUN_OUTCOMES = [
  'completed',
  'failed',
  'asked',
  'retry',
  'cancelled',
  'released',
  'lease_lost',
] as const;
export type RunEndedAs = (typeof RUN_OUTCOMES)[number];

/** One attempt of a worker at a task, under a lease. */
export interface Run {
  readonly id: string;
  readonly taskId: string;
  /** Rises by one per run of its task. */
  readonly number: number;
  readonly agent: string;
  readonly workerId: string;
  /** Null while it runs. */
  readonly outcome: RunEndedAs | null;
  readonly error: TaskError | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** One step of a run, as it lies in the record; `data` is what `STEP_DATA` says of its type. */
export interface RunEvent {
  readonly runId: string;
  readonly runNumber: number;
  readonly seq: number;
  readonly type: string;
  readonly data: unknown;
  readonly at: Date;
}

/** A place in the record of a task: the run's number and the step's seq within it. */
export interface RunPosition {
  readonly number: number;
  readonly seq: number;
}

/** The cursor of a step, `<run number>.<seq>`: whoever resumes from it gets what follows. */
export function runCursor(event: Pick<RunEvent, 'runNumber' | 'seq'>): string {
  return `${event.runNumber}.${event.seq}`;
}

const CURSOR = /^(\d{1,9})\.(\d{1,9})$/;

/** What `runCursor` made, taken apart; `0` is the beginning; undefined for anything else. */
export function parseRunCursor(cursor: string): RunPosition | undefined {
  if (cursor === '0') return { number: 0, seq: 0 };
  const match = CURSOR.exec(cursor);
  return match ? { number: Number(match[1]), seq: Number(match[2]) } : undefined;
}
