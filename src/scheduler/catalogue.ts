import { z } from 'zod';
import { invalid } from '../core/errors.ts';

/** A job's payload schema, and how many of it one process runs at once. */
interface JobDefinition {
  readonly payload: z.ZodType<object>;
  readonly concurrency: number;
}

/**
 * All jobs. A new job does not compile until `app.ts` gives it a handler. Payloads contain only ids and names: the
 * handler reads the tables, which are the source of truth.
 */
export const JOBS = {
  /** There may be work for this agent: wakes the worker's claimer. */
  work: { payload: z.strictObject({ agent: z.string().min(1).max(200) }), concurrency: 5 },
  /** An outgoing delivery is due for its next attempt. */
  deliver: { payload: z.strictObject({}), concurrency: 1 },
  /** This cron trigger is due: wakes the runner, which looks for all due triggers. */
  trigger: { payload: z.strictObject({ triggerId: z.string().min(1).max(200) }), concurrency: 5 },
  /** Repeats: all clean-up work. */
  housekeeping: { payload: z.strictObject({}), concurrency: 1 },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof JOBS;
export const JOB_NAMES = Object.keys(JOBS) as JobName[];

export type JobPayload<Name extends JobName> = z.infer<(typeof JOBS)[Name]['payload']>;

interface JobContext {
  /** Fires when the scheduler stops waiting for this run: the drain timed out, or the scheduler is disposed. */
  readonly signal: AbortSignal;
}

/** Exactly one handler per job. A handler may run twice for one wake-up, or once for many. */
export type Handlers = {
  readonly [Name in JobName]: (payload: JobPayload<Name>, context: JobContext) => Promise<void>;
};

/** The parsed payload; throws a `VALIDATION` refusal that lists every problem. */
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
