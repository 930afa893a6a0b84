import { invalid, messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Poller, startPoller } from '../../core/poller.ts';
import { waitAtMost, withDeadline } from '../../core/promises.ts';
import { type Handlers, type JobName, type JobPayload, parsePayload } from '../catalogue.ts';
import {
  type DrainResult,
  MAX_KEY_LENGTH,
  type Repeat,
  type Scheduler,
  type SchedulerStatus,
} from '../port.ts';
import { ByKey } from './by-key.ts';
import { Kept, type Write } from './kept.ts';
import { Runner, type RunnerOptions } from './runner.ts';
import { dueNow, type JobStore, type Recurrence } from './store.ts';

/** How often tables and recurrences are checked while the store answers, in case they were deleted from outside. */
const TEND_MS = 60_000;
const RECONNECT = { firstDelayMs: 250, maxDelayMs: 5_000 };
const PREPARE_MS = 60_000;
const WRITE_MS = 5_000;
const STATUS_MS = 1_000;
const LEAVE_MS = 1_000;
const MIN_EVERY_MS = 1_000;
const MAX_EVERY_MS = 366 * 24 * 60 * 60 * 1_000;
/** How long a start waits for the store before it continues without it. */
const FIRST_TRY_MS = 3_000;

/** The scheduler port on Agenda. It continues without its store and reconnects. */
export class AgendaScheduler implements Scheduler {
  readonly #store: JobStore;
  readonly #options: RunnerOptions;
  readonly #log: Log;
  readonly #kept = new Kept();
  readonly #byKey = new ByKey();
  readonly #recurrences = new Map<string, Recurrence>();
  readonly #closed = new AbortController();
  #handlers: Handlers | undefined;
  #runner: Runner | undefined;
  #drained: Promise<DrainResult> | undefined;
  #disposed: Promise<void> | undefined;
  #lastAttempt: Promise<boolean> = Promise.resolve(false);
  #answers = true;
  #tending: Poller | undefined;

  /** `makeStore` is given the handler for the store's errors. */
  constructor(makeStore: (onError: (error: Error) => void) => JobStore, options: RunnerOptions, log: Log) {
    this.#log = log;
    this.#options = options;
    this.#store = makeStore((error) => this.#trouble(error));
  }

  /** Connects to the store in the background, with retries; resolves after the first attempt or 3 s. */
  async open(): Promise<void> {
    this.#tending = startPoller({
      run: async () => {
        if (!(await this.#attempt())) throw new Error("the scheduler's store cannot be reached");
        return undefined;
      },
      pollMs: TEND_MS,
      minIntervalMs: RECONNECT.firstDelayMs,
      // Nothing is logged here: Agenda's own polls detect and report an outage first.
      backoff: RECONNECT,
    });
    await this.#attemptBriefly();
  }

  async start(handlers: Handlers): Promise<void> {
    if (this.#handlers) throw new Error('the scheduler is already started');
    this.#handlers = handlers;
    await this.#attemptBriefly();
  }

  async wake<Name extends JobName>(job: Name, payload: JobPayload<Name>): Promise<boolean> {
    const parsed = parsePayload(job, payload);
    const data = { key: `now ${canonical(parsed)}`, payload: parsed, attempt: 0 };
    return this.#write(`${job} ${data.key}`, () =>
      this.#store.put({ job, data, at: dueNow(), meeting: 'earliest' }),
    );
  }

  async wakeAt<Name extends JobName>(
    job: Name,
    payload: JobPayload<Name>,
    at: Date,
    key: string,
  ): Promise<boolean> {
    const data = { key: checkedKey(key), payload: parsePayload(job, payload), attempt: 0 };
    if (Number.isNaN(at.getTime())) throw invalid([{ path: ['at'], message: 'must be a valid date' }]);
    return this.#write(`${job} ${data.key}`, () => this.#store.put({ job, data, at, meeting: 'replace' }));
  }

  async repeat<Name extends JobName>(job: Name, payload: JobPayload<Name>, repeat: Repeat): Promise<boolean> {
    const data = { key: checkedKey(repeat.key), payload: parsePayload(job, payload), attempt: 0 };
    const recurrence = { job, data, everyMs: checkedEveryMs(repeat.everyMs) };
    this.#recurrences.set(`${job} ${data.key}`, recurrence);
    return this.#write(`${job} ${data.key}`, () => this.#store.putRecurrence(recurrence));
  }

  /** True if the store accepted it; otherwise it is kept until the store answers. */
  async #write(key: string, write: Write): Promise<boolean> {
    if (!this.#answers) {
      // The store is known to be unreachable, so the caller does not wait for it.
      this.#kept.keep(key, write);
      return false;
    }
    try {
      await withDeadline(WRITE_MS, this.#byKey.run(key, write), "the scheduler's store");
      this.#kept.forget(key);
      return true;
    } catch (error) {
      this.#kept.keep(key, write);
      this.#trouble(error);
      return false;
    }
  }

  drain(timeoutMs: number): Promise<DrainResult> {
    this.#drained ??= this.#runner?.drain(timeoutMs) ?? Promise.resolve({ left: 0 });
    return this.#drained;
  }

  async status(): Promise<SchedulerStatus> {
    try {
      await withDeadline(STATUS_MS, this.#store.ping(), "the scheduler's store");
    } catch (error) {
      this.#trouble(error);
      return { ok: false, detail: messageOf(error) };
    }
    return this.#answers ? { ok: true } : { ok: false, detail: "the scheduler's store is being prepared" };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= (async () => {
      this.#closed.abort();
      void this.#tending?.stop();
      await this.drain(0);
      // A store that hangs must not prevent the process from ending.
      await withDeadline(LEAVE_MS, this.#close(), 'closing').catch((error: unknown) => this.#trouble(error));
    })();
    return this.#disposed;
  }

  async #close(): Promise<void> {
    await this.#tending?.stop();
    await this.#store.close();
  }

  async #attemptBriefly(): Promise<void> {
    await waitAtMost(FIRST_TRY_MS, this.#attempt());
  }

  /** Sequential, so that Agenda is started once. */
  #attempt(): Promise<boolean> {
    this.#lastAttempt = this.#lastAttempt.then(() => this.#ensure());
    return this.#lastAttempt;
  }

  /** True if everything is set up and written to the store. Never rejects. */
  async #ensure(): Promise<boolean> {
    try {
      await withDeadline(PREPARE_MS, this.#store.prepare(), "preparing the scheduler's store");
      await withDeadline(WRITE_MS, this.#store.sweep(), "the scheduler's store");
      if (this.#handlers && !this.#runner && !this.#drained) {
        const runner = new Runner(this.#store, this.#handlers, this.#options, this.#log, (error) =>
          this.#trouble(error),
        );
        this.#runner = runner;
      }
      if (!this.#drained) await this.#runner?.start();
      for (const recurrence of this.#recurrences.values()) {
        await withDeadline(WRITE_MS, this.#store.putRecurrence(recurrence), "the scheduler's store");
      }
      await withDeadline(PREPARE_MS, this.#kept.flush(), "the scheduler's store");
    } catch (error) {
      this.#trouble(error);
      return false;
    }
    if (!this.#answers) this.#log.info("scheduler's store is reachable");
    this.#answers = true;
    return true;
  }

  /** Logged once until the store answers again, because Agenda reports each failed poll. */
  #trouble(error: unknown): void {
    const isLogged = !this.#answers;
    this.#answers = false;
    this.#tending?.wake();
    if (this.#closed.signal.aborted || isLogged) this.#log.debug({ err: error }, 'scheduler error');
    else this.#log.warn({ err: error }, 'scheduler error; work continues without it');
  }
}

function checkedKey(key: string): string {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && !key.includes('\0')) return `key ${key}`;
  throw invalid([{ path: ['key'], message: `must be 1 to ${MAX_KEY_LENGTH} characters` }]);
}

/** Agenda takes 0 and negative numbers as "now", and accepts numbers that are never due. */
function checkedEveryMs(everyMs: number): number {
  if (Number.isSafeInteger(everyMs) && everyMs >= MIN_EVERY_MS && everyMs <= MAX_EVERY_MS) return everyMs;
  const message = `must be a whole number of milliseconds from ${MIN_EVERY_MS} to ${MAX_EVERY_MS}`;
  throw invalid([{ path: ['everyMs'], message }]);
}

/** The same text for equal payloads, independent of the order of their fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    field !== null && typeof field === 'object' && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
