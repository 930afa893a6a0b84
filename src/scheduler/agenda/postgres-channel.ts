import { BaseNotificationChannel, type JobNotification, toJobId } from 'agenda';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { sleep } from '../../core/clock.ts';
import { withDeadline } from '../../core/promises.ts';
import { backoffDelayMs } from '../../core/retry.ts';

const CHANNEL = 'agenda_wake_up';
const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 3_000;
const Payload = z.object({ job: z.string(), at: z.iso.datetime() });

/**
 * Wake-ups over NOTIFY. Agenda's own channel publishes only after it listens, so a process that only writes wake-ups
 * never notifies. It leaks a connection when LISTEN fails and does not detect a half-open one. It also sends three
 * unused notifications per run, which fail if an error's text is longer than 8,000 bytes. This is not a `Poller`: a run
 * lasts as long as its connection.
 */
export class PostgresChannel extends BaseNotificationChannel {
  readonly #pool: Pool;
  #stop = new AbortController();
  #listening: Promise<void> | undefined;

  constructor(pool: Pool) {
    super({ channelName: CHANNEL });
    this.#pool = pool;
  }

  /** Starts to listen in the background, with retries. While there is no connection, Agenda polls. */
  connect(): Promise<void> {
    if (this.#stop.signal.aborted) this.#stop = new AbortController();
    this.#listening ??= this.#listen(this.#stop.signal);
    return Promise.resolve();
  }

  async disconnect(): Promise<void> {
    this.#stop.abort();
    await this.#listening;
    this.#listening = undefined;
    this.handlers.clear();
    this.setState('disconnected');
  }

  async publish({ jobName, nextRunAt }: JobNotification): Promise<void> {
    const at = (nextRunAt ?? new Date()).toISOString();
    await this.#pool.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify({ job: jobName, at })]);
  }

  async #listen(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted; ) {
      try {
        await this.#listenOnce(stop, () => {
          failures = 0;
        });
      } catch (error) {
        failures += 1;
        this.emit('error', error);
      }
      if (stop.aborted) return;
      this.setState('reconnecting');
      await sleep(backoffDelayMs(failures + 1, { firstDelayMs: 100, maxDelayMs: 5_000 }), stop);
    }
  }

  /** Listens until it is stopped; throws the cause when the connection is lost. */
  async #listenOnce(stop: AbortSignal, heard: () => void): Promise<void> {
    const client = await this.#pool.connect();
    const lost = new AbortController();
    const lose = (error?: Error): void => lost.abort(error ?? new Error('the listening connection ended'));
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', (message) => this.#hear(message.payload));
    try {
      await withDeadline(ANSWER_MS, client.query(`listen ${CHANNEL}`), 'LISTEN');
      this.setState('connected');
      heard();
      const either = AbortSignal.any([stop, lost.signal]);
      while (await sleep(HEARTBEAT_MS, either))
        await withDeadline(ANSWER_MS, client.query('select 1'), 'the heartbeat');
      if (lost.signal.aborted) throw lost.signal.reason;
    } finally {
      // Destroyed, not given back to the pool: it still listens. Its listeners stay to receive the last error.
      (client as PoolClient).release(true);
    }
  }

  #hear(payload: string | undefined): void {
    try {
      const { job, at } = Payload.parse(JSON.parse(payload ?? ''));
      const moment = new Date(at);
      void this.notifyHandlers({
        jobId: toJobId(''),
        jobName: job,
        nextRunAt: moment,
        priority: 0,
        timestamp: moment,
      });
    } catch (error) {
      this.emit('error', error);
    }
  }
}
