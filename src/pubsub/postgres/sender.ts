import type pg from 'pg';
import { monotonicMs } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Payload, Topic } from '../topics.ts';
import { CHANNEL } from './channel.ts';
import { encode, merge } from './message.ts';

/** NOTIFY takes a lock at commit: one NOTIFY per message would halve the rate of the write path. */
const MIN_DISTANCE_MS = 2;
/** A longer send is aborted with its connection; the other processes find the change when they poll. */
const SEND_TIMEOUT_MS = 5_000;

/**
 * Sends messages to the other processes in batches: one send at a time, at least 2 ms apart. It is not a `Poller`: it
 * looks for no work and does not retry. Waiting messages are sent at the close.
 */
export class Sender {
  readonly #processId: string;
  readonly #pool: pg.Pool;
  readonly #log: Log;
  #gathered = new Map<Topic, Payload<Topic>>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #isClosed = false;

  constructor(processId: string, pool: pg.Pool, log: Log) {
    this.#processId = processId;
    this.#pool = pool;
    this.#log = log;
  }

  /** Never throws and does not wait. */
  send<Name extends Topic>(topic: Name, payload: Payload<Name>): void {
    if (this.#isClosed) return;
    const before = this.#gathered.get(topic);
    const merged = before === undefined ? payload : merge(before, payload as Payload<Topic>);
    this.#gathered.set(topic, merged as Payload<Topic>);
    this.#schedule();
  }

  /** Sends the waiting messages, and afterwards nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.#gathered.size > 0) await this.#flush();
  }

  #schedule(): void {
    if (this.#timer || this.#sending) return;
    const waitMs = Math.max(0, this.#lastSentMs + MIN_DISTANCE_MS - monotonicMs());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#flush().finally(() => {
        this.#sending = undefined;
        if (this.#gathered.size > 0 && !this.#isClosed) this.#schedule();
      });
    }, waitMs);
  }

  async #flush(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = new Map();
    this.#lastSentMs = monotonicMs();
    const texts = [...gathered].map(([topic, payload]) => encode(this.#processId, topic, payload));
    const query: pg.QueryConfig & { query_timeout: number } = {
      name: 'pubsub-notify',
      text: 'select count(pg_notify($1, message)::text) from unnest($2::text[]) as messages (message)',
      values: [CHANNEL, texts],
      query_timeout: SEND_TIMEOUT_MS,
    };
    try {
      await this.#pool.query(query);
      this.#isFailing = false;
    } catch (error) {
      // Logged once, since every send fails in the same way while the database cannot be reached.
      const level = this.#isFailing ? 'debug' : 'warn';
      this.#isFailing = true;
      this.#log[level](
        { err: error },
        'wake-up of other processes failed; they will find the change when they poll',
      );
    }
  }
}
