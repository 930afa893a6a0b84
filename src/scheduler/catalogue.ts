import { z } from 'zod';
import { invalid } from '../core/errors.ts';

/** What the scheduler knows of a job: the shape of its payload, and how many of it one process runs at once. */
interface JobDefinition {
  readonly payload: z.ZodType<object>;
  readonly concurrency: number;
}

/**
 * Every job there is. A new line here does not compile until `app.ts` gives it a handler.
 * Payloads are ids and names only: the handler reads the tables, which are the truth.
 */
export const JOBS = {
  /** There may be work for this agent: wakes the worker's claimer. */
  work: { payload: z.strictObject({ agent: z.string().min(1).max(200) }), concurrency: 5 },
  /** A webhook that failed is due for its next try. */
  deliver: { payload: z.strictObject({}), concurrency: 1 },
  /** This cron trigger is due: wakes the runner, which looks for whatever is. */
  trigger: { payload: z.strictObject({ triggerId: z.string().min(1).max(200) }), concurrency: 5 },
  /** Repeats: clean-up work of every kind. */
  housekeeping: { payload: z.strictObject({}), concurrency: 1 },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof JOBS;
export const JOB_NAMES = Object.keys(JOBS) as JobName[];

export type JobPayload<Name extends JobName> = z.infer<(typeof JOBS)[Name]['payload']>;

interface JobContext {
  /** Fires when the scheduler will wait no longer for this run: a drain's time is over, or it is being disposed. */
  readonly signal: AbortSignal;
}

/** Exactly one handler for each job; a handler may run twice for one wake-up, and once for many. */
export type Handlers = {
  readonly [Name in JobName]: (payload: JobPayload<Name>, context: JobContext) => Promise<void>;
};

/** The payload as its schema reads it; throws a `VALIDATION` refusal that lists everything wrong. */
export function parsePayload<Name extends JobName>(job: Name, payload: unknown): JobPayload<Name> {
  const result = JOBS[job].payload.safeParse(payload);
  if (result.success) return result.data as JobPayload<Name>;
  throw invalid(
    result.error.issues.map(({ path, message }) => ({
      path: ['payload', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))],
      message: `${job}: ${message}`,
    })),
  );
}
