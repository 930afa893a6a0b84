import { monotonicMs } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { type Poller, startPoller } from '../core/poller.ts';
import { withDeadline } from '../core/promises.ts';
import { endOf, type ReadApiKey } from '../store/keys/api-key.ts';
import type { KeyEnd } from './key-cache.ts';

/** Interval of the check that finds a revocation whose notification was lost; below the documented 5 s. */
const CHECK_MS = 1_500;
const CHECK_TIMEOUT_MS = 2_000;

interface Watched {
  readonly listeners: Set<(end: KeyEnd) => void>;
  /** On the monotonic clock, once known; so a key expires in time even if the database is unavailable. */
  expiresMs: number | undefined;
}

/**
 * Watches the keys of open streams: one statement for all of them every 1.5 s, and at once after a notification.
 * While the database is unavailable, no key can be revoked and no stream has data to send, so the streams stay open.
 */
export class KeyWatch {
  readonly #read: (keyIds: readonly string[]) => Promise<ReadApiKey[]>;
  readonly #log: Log;
  readonly #watched = new Map<string, Watched>();
  #poller: Poller | undefined;

  constructor(read: (keyIds: readonly string[]) => Promise<ReadApiKey[]>, log: Log) {
    this.#read = read;
    this.#log = log;
  }

  /** Calls `onEnd` once when the key is revoked or expires. Returns a function that stops watching. */
  watch(keyId: string, onEnd: (end: KeyEnd) => void): () => void {
    const watched = this.#watched.get(keyId) ?? { listeners: new Set(), expiresMs: undefined };
    this.#watched.set(keyId, watched);
    const own = (end: KeyEnd): void => onEnd(end);
    watched.listeners.add(own);
    this.#startPoller();
    return () => {
      watched.listeners.delete(own);
      if (watched.listeners.size === 0 && this.#watched.get(keyId) === watched) this.#watched.delete(keyId);
    };
  }

  /** These keys may have changed, or any when none is named: those that are watched are checked at once. */
  wake(keyIds: readonly string[] = []): void {
    if (keyIds.length === 0 || keyIds.some((id) => this.#watched.has(id))) this.#poller?.wake();
  }

  stop(): void {
    void this.#poller?.stop();
    this.#watched.clear();
  }

  async #check(): Promise<undefined> {
    const asked = [...this.#watched.keys()];
    if (asked.length === 0) return;
    const startedMs = monotonicMs();
    try {
      this.#compare(asked, await withDeadline(CHECK_TIMEOUT_MS, this.#read(asked)), startedMs);
    } finally {
      this.#endExpired();
    }
  }

  #compare(asked: readonly string[], found: readonly ReadApiKey[], startedMs: number): void {
    const byId = new Map(found.map((read) => [read.key.id, read]));
    for (const keyId of asked) {
      const read = byId.get(keyId);
      // A missing row was deleted by hand: it is treated as revoked.
      const end = read ? endOf(read.key, read.readAt) : 'revoked';
      if (end) this.#end(keyId, end);
      const watched = this.#watched.get(keyId);
      const expiresAt = read?.key.expiresAt;
      if (watched && read && expiresAt) {
        watched.expiresMs = startedMs + expiresAt.getTime() - read.readAt.getTime();
      }
    }
  }

  #end(keyId: string, end: KeyEnd): void {
    const watched = this.#watched.get(keyId);
    this.#watched.delete(keyId);
    for (const listener of watched?.listeners ?? []) {
      try {
        listener(end);
      } catch (error) {
        this.#log.error({ err: error, keyId }, 'a stream could not be closed after its key became invalid');
      }
    }
  }

  #endExpired(): void {
    const nowMs = monotonicMs();
    for (const [keyId, { expiresMs }] of this.#watched) {
      if (expiresMs !== undefined && expiresMs <= nowMs) this.#end(keyId, 'expired');
    }
  }

  /** With the first key: a process without streams has no timer. */
  #startPoller(): void {
    this.#poller ??= startPoller({
      run: () => this.#check(),
      pollMs: CHECK_MS,
      startsIdle: true,
      backoff: { firstDelayMs: CHECK_MS, maxDelayMs: CHECK_MS },
      unref: true,
      outage: {
        log: this.#log,
        began: 'the keys of live streams cannot be checked; trying again',
        ended: 'the keys of live streams are checked again',
      },
    });
  }
}
