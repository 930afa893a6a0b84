import { Socket } from 'node:net';
import pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { connectionOf } from '../../core/postgres-url.ts';
import { deferred, withDeadline } from '../../core/promises.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { PubSubStatus } from '../port.ts';
import { CHANNEL } from './channel.ts';

const BACKOFF = { firstDelayMs: 100, maxDelayMs: 1_000 };
const CONNECT_TIMEOUT_MS = 2_000;
/** A half-open connection looks like an idle one; only a query shows the difference. */
const HEARTBEAT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;
const GOODBYE_MS = 500;

export interface ReceiverOptions {
  readonly url: string;
  readonly log: Log;
  readonly onMessage: (text: string) => void;
  /** Called after LISTEN has succeeded (again): earlier messages were missed. */
  readonly onListening: () => void;
  readonly heartbeatMs?: number;
}

/**
 * Keeps one listening connection for the life of the process: a lost one is detected and replaced. It is not a
 * `Poller`, because a run lasts as long as its connection and the backoff is reset after LISTEN has succeeded.
 */
export class Receiver implements AsyncDisposable {
  readonly #options: ReceiverOptions;
  readonly #closing = new AbortController();
  readonly #firstAttempt = deferred<void>();
  readonly #running: Promise<void>;
  #status: PubSubStatus = { ok: false, detail: 'not connected yet' };

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves when the first attempt to listen has succeeded or failed. */
  get firstAttempt(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  status(): PubSubStatus {
    return this.#status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      let wasListening = false;
      try {
        await this.#listen(() => {
          wasListening = true;
        });
      } catch (error) {
        failures = wasListening ? 1 : failures + 1;
        this.#status = { ok: false, detail: `listening for wake-ups: ${messageOf(error)}` };
        this.#firstAttempt.resolve();
        log[failures === 1 ? 'warn' : 'debug']({ err: error }, 'not listening for wake-ups; reconnecting');
        await sleep(backoffDelayMs(failures, BACKOFF), this.#closing.signal);
      }
    }
    this.#firstAttempt.resolve();
    this.#status = { ok: false, detail: 'closed' };
  }

  /** Listens until it is closed (then it returns) or the connection is lost (then it throws the cause). */
  async #listen(onListening: () => void): Promise<void> {
    const { url, onMessage, heartbeatMs = HEARTBEAT_MS } = this.#options;
    // Our own socket, so that it can be destroyed: `client.end()` waits for an answer that may never come.
    const socket = new Socket();
    const client = new pg.Client({
      ...connectionOf(url),
      application_name: 'errand listening',
      stream: () => socket,
    });
    const lost = new AbortController();
    const lose = (error: Error): void => lost.abort(error);
    client.on('error', lose);
    client.on('end', () => lose(new Error('the connection ended')));
    client.on('notification', ({ payload }) => onMessage(payload ?? ''));
    const interrupted = AbortSignal.any([lost.signal, this.#closing.signal]);
    try {
      await withDeadline(CONNECT_TIMEOUT_MS, client.connect());
      await withDeadline(ANSWER_TIMEOUT_MS, client.query(`listen ${CHANNEL}`));
      onListening();
      this.#status = { ok: true };
      this.#firstAttempt.resolve();
      this.#options.onListening();
      while (await sleep(heartbeatMs, interrupted)) {
        await withDeadline(ANSWER_TIMEOUT_MS, client.query('select 1'));
      }
      lost.signal.throwIfAborted();
      await Promise.race([client.end(), sleep(GOODBYE_MS)]);
    } finally {
      socket.destroy();
    }
  }
}
