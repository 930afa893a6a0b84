import type { TaskError } from './task.ts';

/** How a run ended. */
const RUN_OUTCOMES = [
  'completed',
  'failed',
  'asked',
  'retry',
  'cancelled',
  'released',
  'lease_lost',
] as const;
export type RunEndedAs = (typeof RUN_OUTCOMES)[number];

/** One execution of a task by a worker, under a lease. */
export interface Run {
  readonly id: string;
  readonly taskId: string;
  /** Increases by one with each run of the task. */
  readonly number: number;
  readonly agent: string;
  readonly workerId: string;
  /** Null while it runs. */
  readonly outcome: RunEndedAs | null;
  readonly error: TaskError | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** One stored step of a run; `STEP_DATA` defines `data` for each type. */
export interface RunEvent {
  readonly runId: string;
  readonly runNumber: number;
  readonly seq: number;
  readonly type: string;
  readonly data: unknown;
  readonly at: Date;
}

/** A place among the steps of a task: the run's number and the step's seq within the run. */
export interface RunPosition {
  readonly number: number;
  readonly seq: number;
}

/** The cursor of a step, `<run number>.<seq>`; resuming from it returns the steps after it. */
export function runCursor(event: Pick<RunEvent, 'runNumber' | 'seq'>): string {
  return `${event.runNumber}.${event.seq}`;
}

const CURSOR = /^(\d{1,9})\.(\d{1,9})$/;

/** The inverse of `runCursor`; `0` is the beginning; undefined for any other text. */
export function parseRunCursor(cursor: string): RunPosition | undefined {
  if (cursor === '0') return { number: 0, seq: 0 };
  const match = CURSOR.exec(cursor);
  return match ? { number: Number(match[1]), seq: Number(match[2]) } : undefined;
}
