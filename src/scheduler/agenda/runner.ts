import { Agenda, type Job } from 'agenda';
import type { Log } from '../../core/log.ts';
import { withDeadline } from '../../core/promises.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import { type Handlers, JOB_NAMES, JOBS, type JobName, type JobPayload, parsePayload } from '../catalogue.ts';
import type { DrainResult } from '../port.ts';
import { type GuardedRepository, guard } from './guard.ts';
import { dueNow, JobData, type JobStore } from './store.ts';

/** A handler that throws is woken again so often; then only the tables can wake it anew. */
const MAX_ATTEMPTS = 5;
const RETRY = { firstDelayMs: 1_000, maxDelayMs: 60_000 };
/** What the store gets, past the drain's own time, to take back what we hold. */
const LEAVE_MS = 1_000;

export interface RunnerOptions {
  /** This process; unique, so that what it holds can be given back. */
  readonly name: string;
  /** How often Agenda looks by itself. */
  readonly pollMs: number;
  /** A run not heard of for so long belongs to a dead process; a third of it is the heartbeat. */
  readonly lockMs: number;
}

interface Run {
  readonly job: JobName;
  readonly data: JobData;
  readonly done: Promise<void>;
}

/** Agenda, running the handlers of this process. One start, one drain. */
export class Runner {
  readonly #store: JobStore;
  readonly #options: RunnerOptions;
  readonly #log: Log;
  readonly #agenda: Agenda;
  readonly #guarded: GuardedRepository;
  readonly #over = new AbortController();
  readonly #runs = new Set<Run>();
  #started: Promise<void> = Promise.resolve();

  /** The store has been prepared. `onError` gets what Agenda reports, such as each poll that failed. */
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
      // A wake-up that was taken back or replaced while a process held it for its moment: meant so.
      if (error.message.includes('cannot be updated in the database'))
        log.debug({ err: error }, 'a job was taken back');
      else onError(error);
    });
    for (const name of JOB_NAMES) this.#define(name, handlers);
  }

  /** May be called again after it failed, and when it stands. */
  start(): Promise<void> {
    this.#started = this.#agenda.start();
    return this.#started;
  }

  #define<Name extends JobName>(name: Name, handlers: Handlers): void {
    const { concurrency } = JOBS[name];
    const handler = handlers[name] as Handlers[JobName];
    // A process holds no more rows than it can run, or the first would take every row there is.
    this.#agenda.define<unknown>(
      name,
      async (job: Job<unknown>) => {
        const data = JobData.safeParse(job.attrs.data);
        if (!data.success)
          return this.#log.error(
            { job: name, err: data.error },
            'a job row that we did not write was dropped',
          );
        const done = this.#run(name, data.data, job, handler);
        const run = { job: name, data: data.data, done };
        this.#runs.add(run);
        await done.finally(() => this.#runs.delete(run));
      },
      { concurrency, lockLimit: concurrency },
    );
  }

  /** Never rejects: a run that failed gets a new wake-up from us, since Agenda's own retry writes into the started row. */
  async #run(name: JobName, data: JobData, job: Job<unknown>, handler: Handlers[JobName]): Promise<void> {
    const payload = this.#parse(name, data.payload);
    if (payload === undefined) return;
    const heart = this.#heart(name, job);
    try {
      await handler(payload as never, { signal: this.#over.signal });
    } catch (error) {
      // When the drain's time is over, the drain has set its wake-up for another process.
      if (!this.#over.signal.aborted) await this.#again(name, data, error);
    } finally {
      await heart.stop();
    }
  }

  /** A payload that no longer fits its schema would not fit on another try either. */
  #parse<Name extends JobName>(name: Name, payload: unknown): JobPayload<Name> | undefined {
    try {
      return parsePayload(name, payload);
    } catch (err) {
      this.#log.error({ job: name, err }, 'a job whose payload does not fit was dropped');
      return undefined;
    }
  }

  async #again(name: JobName, data: JobData, error: unknown): Promise<void> {
    const attempt = data.attempt + 1;
    if (attempt >= MAX_ATTEMPTS) {
      this.#log.error({ job: name, err: error, attempt }, 'a job failed for the last time');
      return;
    }
    const delayMs = backoffDelayMs(attempt, RETRY);
    this.#log.warn({ job: name, err: error, attempt, delayMs }, 'a job failed and will be run again');
    const at = new Date(Date.now() + delayMs);
    await this.#store
      .put({ job: name, data: { ...data, attempt }, at, meeting: 'earliest' })
      .catch((err: unknown) =>
        this.#log.error({ job: name, err }, 'a job that failed could not be stored to be run again'),
      );
  }

  /** Agenda has no heartbeat of its own. The last beat has landed before Agenda's save at the end, which it would undo. */
  #heart(name: JobName, job: Job<unknown>): { stop(): Promise<void> } {
    let beat: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      beat = job
        .touch()
        .catch((err: unknown) => this.#log.warn({ job: name, err }, 'the heartbeat of a job failed'));
    }, this.#options.lockMs / 3);
    return {
      stop: () => {
        clearInterval(timer);
        return beat;
      },
    };
  }

  /** No new jobs; waits up to `timeoutMs`; what is left ends by its signal, and its wake-up is set for another process. */
  async drain(timeoutMs: number): Promise<DrainResult> {
    this.#guarded.close();
    // Agenda cannot be stopped half-way through its start.
    const stopped = this.#started.then(() => this.#agenda.stop(false));
    await withDeadline(timeoutMs, Promise.all([this.#finished(), stopped]), 'the drain').catch(
      (err: unknown) => this.#log.debug({ err }, 'the drain did not end by itself'),
    );
    const left = [...this.#runs];
    this.#over.abort();
    await withDeadline(LEAVE_MS, this.#handOver(left), 'leaving').catch((err: unknown) =>
      this.#log.warn({ err }, 'the scheduler could not leave cleanly; its locks run out by themselves'),
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
