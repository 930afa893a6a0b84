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
  /** Has the scheduler wake a process at that moment; what is due sooner than the next poll needs no wake-up. */
  readonly wakeAt: (at: Date) => void;
  readonly log: Log;
  readonly schedule?: RetrySchedule;
  readonly times?: Partial<SenderTimes>;
}

export interface SenderTimes {
  /** Of one try, from the name to the last byte. */
  readonly tryMs: number;
  /** A process that dies keeps what it was trying from others for so long; longer than a try. */
  readonly claimMs: number;
  /** A lost wake-up costs this much time. */
  readonly pollMs: number;
  /** An endpoint that took nothing for so long is switched off. */
  readonly giveUpOnEndpointMs: number;
}

const DAY_MS = 24 * 60 * 60_000;
const TIMES: SenderTimes = { tryMs: 15_000, claimMs: 40_000, pollMs: 5_000, giveUpOnEndpointMs: 5 * DAY_MS };
/** At once from one process: a slow endpoint occupies its own, never those of others. */
const TRIES_PER_ENDPOINT = 4;
const MIN_INTERVAL_MS = 10;
const AWAY_BACKOFF = { firstDelayMs: 100, maxDelayMs: 5_000 };
const RECORD_BACKOFF = { firstDelayMs: 50, maxDelayMs: 1_000 };
/** Recording a try is retried for this time; then the claim runs out, and it is sent once more. */
const RECORD_RETRY_MS = 10_000;
const STOP_TIMEOUT_MS = 500;

/** Sends what is due, on however many processes, each delivery from one at a time. */
export interface Sender extends AsyncDisposable {
  /** A wake-up: something may be due. */
  wake(): void;
  /** Takes nothing new, lets tries under way end for `graceMs`, stops the rest: others take them up at once. */
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
        'a try could not be recorded; it is made once more',
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
        gaveUpFor: isGone ? 'it answered 410 Gone' : `${tries} tries failed; the last: ${error}`,
      }),
    );
    log.debug(
      { deliveryId: delivery.id, endpointId: delivery.endpointId, status, error, verdict },
      'a webhook was tried',
    );
    if (wasStopped) return;
    if (error === null) await noteTaken(pool, delivery.endpointId);
    else await noteFailure(delivery.endpointId, isGone, error);
  }

  async function noteFailure(endpointId: string, isGone: boolean, error: string): Promise<void> {
    const failingMs = await noteFailing(pool, endpointId);
    if (failingMs === undefined || (!isGone && failingMs < times.giveUpOnEndpointMs)) return;
    const reason = isGone
      ? 'it answered 410 Gone'
      : `it took nothing for ${Math.floor(failingMs / DAY_MS)} days; the last: ${error}`;
    const off = await switchOff(pool, endpointId, {
      reason,
      cancelledFor: `the endpoint was switched off: ${reason}`,
    });
    if (off) log.warn({ endpointId, reason }, 'a webhook endpoint was switched off');
  }

  /** Begins what is due. */
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
    outage: { log, began: 'webhooks cannot be sent; trying again', ended: 'webhooks are sent again' },
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
