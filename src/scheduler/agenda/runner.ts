import { Agenda, type Job } from 'agenda';
import type { Log } from '../../core/log.ts';
import { withDeadline } from '../../core/promises.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import { type Handlers, JOB_NAMES, JOBS, type JobName, type JobPayload, parsePayload } from '../catalogue.ts';
import type { DrainResult } from '../port.ts';
import { type GuardedRepository, guard } from './guard.ts';
import { dueNow, JobData, type JobStore } from './store.ts';

/** How often a failed job is retried; after that only a new wake-up from the tables starts it. */
const MAX_ATTEMPTS = 5;
const RETRY = { firstDelayMs: 1_000, maxDelayMs: 60_000 };
/** Extra time after the drain for the store to release our rows. */
const LEAVE_MS = 1_000;

export interface RunnerOptions {
  /** The unique name of this process, so that its rows can be released. */
  readonly name: string;
  /** How often Agenda polls. */
  readonly pollMs: number;
  /** A run without a heartbeat for this time belongs to a crashed process; the heartbeat is a third of it. */
  readonly lockMs: number;
}

interface Run {
  readonly job: JobName;
  readonly data: JobData;
  readonly done: Promise<void>;
}

/** Runs the handlers of this process with Agenda. It starts once and drains once. */
export class Runner {
  readonly #store: JobStore;
  readonly #options: RunnerOptions;
  readonly #log: Log;
  readonly #agenda: Agenda;
  readonly #guarded: GuardedRepository;
  readonly #over = new AbortController();
  readonly #runs = new Set<Run>();
  #started: Promise<void> = Promise.resolve();

  /** The store must be prepared. `onError` gets the errors that Agenda reports, such as each failed poll. */
  constructor(
    store: JobStore,
    handlers: Handlers,
    options: RunnerOptions,
    log: Log,
    onError: (error: Error) => void,
  ) {
    this.#store = store;
    this.#options = options;
    this.#log = log;
    const backend = store.backend();
    this.#guarded = guard(backend.repository, (error) =>
      onError(error instanceof Error ? error : new Error(String(error))),
    );
    this.#agenda = new Agenda({
      name: options.name,
      backend: { ...backend, repository: this.#guarded.repository },
      processEvery: options.pollMs,
      defaultLockLifetime: options.lockMs,
      maxConcurrency: JOB_NAMES.reduce((sum, name) => sum + JOBS[name].concurrency, 0),
      removeOnComplete: true,
    });
    this.#agenda.on('error', (error: Error) => {
      // Expected: a wake-up was cancelled or replaced while a process had locked it until its moment.
      if (error.message.includes('cannot be updated in the database'))
        log.debug({ err: error }, 'job cancelled or replaced');
      else onError(error);
    });
    for (const name of JOB_NAMES) this.#define(name, handlers);
  }

  /** May be called again, after a failure or when it is running. */
  start(): Promise<void> {
    this.#started = this.#agenda.start();
    return this.#started;
  }

  #define<Name extends JobName>(name: Name, handlers: Handlers): void {
    const { concurrency } = JOBS[name];
    const handler = handlers[name] as Handlers[JobName];
    // A process locks no more rows than it can run; otherwise the first process would lock all rows.
    this.#agenda.define<unknown>(
      name,
      async (job: Job<unknown>) => {
        const data = JobData.safeParse(job.attrs.data);
        if (!data.success) return this.#log.error({ job: name, err: data.error }, 'unknown job row dropped');
        const done = this.#run(name, data.data, job, handler);
        const run = { job: name, data: data.data, done };
        this.#runs.add(run);
        await done.finally(() => this.#runs.delete(run));
      },
      { concurrency, lockLimit: concurrency },
    );
  }

  /** Never rejects. A failed run gets a new wake-up from us, since Agenda's own retry writes into the started row. */
  async #run(name: JobName, data: JobData, job: Job<unknown>, handler: Handlers[JobName]): Promise<void> {
    const payload = this.#parse(name, data.payload);
    if (payload === undefined) return;
    const heart = this.#heart(name, job);
    try {
      await handler(payload as never, { signal: this.#over.signal });
    } catch (error) {
      // After the drain's timeout, the drain has set the wake-up for another process.
      if (!this.#over.signal.aborted) await this.#again(name, data, error);
    } finally {
      await heart.stop();
    }
  }

  /** A payload that does not match its schema would fail on every retry. */
  #parse<Name extends JobName>(name: Name, payload: unknown): JobPayload<Name> | undefined {
    try {
      return parsePayload(name, payload);
    } catch (err) {
      this.#log.error({ job: name, err }, 'job dropped: its payload does not match the schema');
      return undefined;
    }
  }

  async #again(name: JobName, data: JobData, error: unknown): Promise<void> {
    const attempt = data.attempt + 1;
    if (attempt >= MAX_ATTEMPTS) {
      this.#log.error({ job: name, err: error, attempt }, 'job failed; no retries left');
      return;
    }
    const delayMs = backoffDelayMs(attempt, RETRY);
    this.#log.warn({ job: name, err: error, attempt, delayMs }, 'job failed; it will be retried');
    const at = new Date(Date.now() + delayMs);
    await this.#store
      .put({ job: name, data: { ...data, attempt }, at, meeting: 'earliest' })
      .catch((err: unknown) =>
        this.#log.error({ job: name, err }, 'retry of a failed job could not be stored'),
      );
  }

  /** Agenda has no heartbeat of its own. The last beat must end before Agenda's final save, which would undo it. */
  #heart(name: JobName, job: Job<unknown>): { stop(): Promise<void> } {
    let beat: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      beat = job.touch().catch((err: unknown) => this.#log.warn({ job: name, err }, 'job heartbeat failed'));
    }, this.#options.lockMs / 3);
    return {
      stop: () => {
        clearInterval(timer);
        return beat;
      },
    };
  }

  /** Starts no new jobs and waits up to `timeoutMs`; then aborts the rest and hands over their wake-ups. */
  async drain(timeoutMs: number): Promise<DrainResult> {
    this.#guarded.close();
    // Agenda cannot be stopped during its start.
    const stopped = this.#started.then(() => this.#agenda.stop(false));
    await withDeadline(timeoutMs, Promise.all([this.#finished(), stopped]), 'the drain').catch(
      (err: unknown) => this.#log.debug({ err }, 'drain timed out'),
    );
    const left = [...this.#runs];
    this.#over.abort();
    await withDeadline(LEAVE_MS, this.#handOver(left), 'leaving').catch((err: unknown) =>
      this.#log.warn({ err }, 'scheduler could not release its locks; they will expire'),
    );
    return { left: left.length };
  }

  async #handOver(left: readonly Run[]): Promise<void> {
    const written = left.map(({ job, data }) =>
      this.#store.put({ job, data, at: dueNow(), meeting: 'earliest' }),
    );
    await Promise.all(written);
    await this.#guarded.idle();
    await this.#store.release(this.#options.name);
  }

  async #finished(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all([...this.#runs].map((run) => run.done));
  }
}
