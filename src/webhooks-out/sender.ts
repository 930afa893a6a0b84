import type pg from 'pg';
import { monotonicMs } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { type NextRun, startPoller } from '../core/poller.ts';
import { waitAtMost } from '../core/promises.ts';
import { retryFor } from '../core/retry.ts';
import { type ClaimedDelivery, claimOutgoing, nextDueMs } from '../store/deliveries/outgoing-claim.ts';
import { recordTry } from '../store/deliveries/outgoing-record.ts';
import { noteFailing, noteTaken } from '../store/endpoints/health.ts';
import { switchOff } from '../store/endpoints/switch-off.ts';
import { type Attempted, attempt, type Call } from './attempt.ts';
import { type RetrySchedule, retryInMs, STANDARD_SCHEDULE } from './retry-schedule.ts';

export interface SenderOptions {
  readonly pool: pg.Pool;
  readonly call: Call;
  /** Asks the scheduler for a wake-up at that moment; not needed for a delivery that is due before the next poll. */
  readonly wakeAt: (at: Date) => void;
  readonly log: Log;
  readonly schedule?: RetrySchedule;
  readonly times?: Partial<SenderTimes>;
}

export interface SenderTimes {
  /** For one attempt, from DNS to the last byte. */
  readonly tryMs: number;
  /** After a crash, the process's deliveries stay claimed for this time; longer than an attempt. */
  readonly claimMs: number;
  /** The longest delay after a lost wake-up. */
  readonly pollMs: number;
  /** An endpoint without a successful attempt for this time is switched off. */
  readonly giveUpOnEndpointMs: number;
}

const DAY_MS = 24 * 60 * 60_000;
const TIMES: SenderTimes = { tryMs: 15_000, claimMs: 40_000, pollMs: 5_000, giveUpOnEndpointMs: 5 * DAY_MS };
/** Concurrent attempts of one process. The limit per endpoint keeps a slow endpoint from delaying others. */
const TRIES_PER_ENDPOINT = 4;
const MIN_INTERVAL_MS = 10;
const AWAY_BACKOFF = { firstDelayMs: 100, maxDelayMs: 5_000 };
const RECORD_BACKOFF = { firstDelayMs: 50, maxDelayMs: 1_000 };
/** Recording an attempt is retried for this time; then the claim expires, and the delivery is sent again. */
const RECORD_RETRY_MS = 10_000;
const STOP_TIMEOUT_MS = 500;

/** Sends due deliveries with any number of processes; each delivery is sent by one process at a time. */
export interface Sender extends AsyncDisposable {
  /** A wake-up: a delivery may be due. */
  wake(): void;
  /** Starts no new attempt, waits `graceMs`, then aborts running ones; other processes retry those at once. */
  stop(graceMs: number): Promise<void>;
}

export function startSender(options: SenderOptions): Sender {
  const { pool, call, wakeAt, log, schedule = STANDARD_SCHEDULE } = options;
  const times = { ...TIMES, ...options.times };
  const busy = new Map<string, number>();
  const endings = new Set<Promise<void>>();
  const stopping = new AbortController();
  let wakeUpAtMs = Number.NEGATIVE_INFINITY;
  let stopped: Promise<void> | undefined;

  async function send(claimed: ClaimedDelivery): Promise<void> {
    const { endpointId } = claimed.delivery;
    busy.set(endpointId, (busy.get(endpointId) ?? 0) + 1);
    try {
      const startedMs = monotonicMs();
      const attempted = await attempt(call, claimed, { timeoutMs: times.tryMs, signal: stopping.signal });
      await record(claimed, attempted, monotonicMs() - startedMs);
    } catch (err) {
      log.error(
        { err, deliveryId: claimed.delivery.id },
        'delivery attempt could not be recorded; the delivery will be sent again',
      );
    } finally {
      const left = (busy.get(endpointId) ?? 1) - 1;
      if (left > 0) busy.set(endpointId, left);
      else busy.delete(endpointId);
      poller.wake();
    }
  }

  async function record(
    { delivery, claim }: ClaimedDelivery,
    attempted: Attempted,
    durationMs: number,
  ): Promise<void> {
    const { status, error, response, wasStopped } = attempted;
    const isGone = status === 410;
    const tries = delivery.attempts + 1;
    const again = isGone ? null : retryInMs(schedule, tries, attempted.retryAfterMs);
    const verdict = await retryFor(RECORD_RETRY_MS, RECORD_BACKOFF, () =>
      recordTry(pool, {
        deliveryId: delivery.id,
        claim,
        durationMs,
        status,
        error,
        response,
        counts: !wasStopped,
        retryInMs: wasStopped ? 0 : again,
        gaveUpFor: isGone ? 'receiver answered 410 Gone' : `${tries} attempts failed; last error: ${error}`,
      }),
    );
    log.debug(
      { deliveryId: delivery.id, endpointId: delivery.endpointId, status, error, verdict },
      'delivery attempt made',
    );
    if (wasStopped) return;
    if (error === null) await noteTaken(pool, delivery.endpointId);
    else await noteFailure(delivery.endpointId, isGone, error);
  }

  async function noteFailure(endpointId: string, isGone: boolean, error: string): Promise<void> {
    const failingMs = await noteFailing(pool, endpointId);
    if (failingMs === undefined || (!isGone && failingMs < times.giveUpOnEndpointMs)) return;
    const reason = isGone
      ? 'receiver answered 410 Gone'
      : `no successful attempt for ${Math.floor(failingMs / DAY_MS)} days; last error: ${error}`;
    const off = await switchOff(pool, endpointId, {
      reason,
      cancelledFor: `the endpoint was switched off: ${reason}`,
    });
    if (off) log.warn({ endpointId, reason }, 'webhook endpoint switched off');
  }

  /** Starts attempts of due deliveries. */
  async function run(): Promise<NextRun | undefined> {
    const claimed = await claimOutgoing(pool, {
      busy,
      perEndpoint: TRIES_PER_ENDPOINT,
      claimMs: times.claimMs,
    });
    for (const one of claimed) {
      const ending: Promise<void> = send(one).finally(() => endings.delete(ending));
      endings.add(ending);
    }
    const full = [...busy].filter(([, count]) => count >= TRIES_PER_ENDPOINT).map(([id]) => id);
    const dueMs = await nextDueMs(pool, full);
    if (dueMs === undefined) return undefined;
    if (dueMs > times.pollMs) setWakeUp(monotonicMs() + dueMs, dueMs);
    return { dueInMs: dueMs };
  }

  function setWakeUp(atMs: number, dueMs: number): void {
    const isSet = wakeUpAtMs > monotonicMs() && atMs > wakeUpAtMs - times.pollMs;
    if (isSet) return;
    wakeUpAtMs = atMs;
    wakeAt(new Date(Date.now() + dueMs));
  }

  const poller = startPoller({
    run,
    pollMs: times.pollMs,
    minIntervalMs: MIN_INTERVAL_MS,
    backoff: AWAY_BACKOFF,
    outage: { log, began: 'webhooks cannot be sent; retrying', ended: 'webhooks can be sent again' },
  });

  async function stop(graceMs: number): Promise<void> {
    const ended = poller.stop().then(() => Promise.all(endings));
    await waitAtMost(graceMs, ended);
    stopping.abort();
    await waitAtMost(STOP_TIMEOUT_MS, ended);
  }

  const stopOnce = (graceMs: number): Promise<void> => {
    stopped ??= stop(graceMs);
    return stopped;
  };
  return { wake: () => poller.wake(), stop: stopOnce, [Symbol.asyncDispose]: () => stopOnce(0) };
}
