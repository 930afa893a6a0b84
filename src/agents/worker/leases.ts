import { once } from 'node:events';
import { monotonicMs } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { startPoller } from '../../core/poller.ts';
import type { WorkSource } from '../work/unit.ts';
import type { ActiveUnit } from './active-unit.ts';

export interface LeaseKeeperOptions {
  readonly source: Pick<WorkSource, 'renew'>;
  readonly leaseMs: number;
  readonly active: () => Iterable<ActiveUnit>;
  readonly log: Log;
}

/** Also for long leases: once a lease has ended another worker may have the unit, while this one still calls its model. */
const MAX_WATCH_MS = 250;

/**
 * Renews the leases of this process's units, all in one statement every third of a lease, and stops a unit whose lease
 * is lost: because the database says so, or because this process's own monotonic clock does (it was paused, or the
 * database is away). Runs until `signal` fires.
 */
export async function keepLeases(options: LeaseKeeperOptions, signal: AbortSignal): Promise<void> {
  const { source, leaseMs, active, log } = options;
  const watch = setInterval(() => stopExpired(active()), Math.min(MAX_WATCH_MS, Math.max(20, leaseMs / 12)));
  const renewal = startPoller({
    run: async () => {
      await renewHeld();
      return undefined;
    },
    pollMs: leaseMs / 3,
    startsIdle: true,
    backoff: { firstDelayMs: leaseMs / 10, maxDelayMs: leaseMs / 10 },
    outage: {
      log,
      began: 'the heartbeat failed; work continues until the leases end',
      ended: 'the heartbeat is written again',
    },
  });

  async function renewHeld(): Promise<void> {
    stopExpired(active());
    const held = [...active()].filter(({ stoppedFor }) => stoppedFor === undefined);
    if (held.length === 0) return;
    const sentAtMs = monotonicMs();
    const lost = await source.renew(
      held.map(({ unit }) => unit),
      leaseMs,
    );
    for (const each of held) {
      if (lost.has(each.unit.id)) each.stop('lease_lost');
      else each.extended(sentAtMs, leaseMs);
    }
  }

  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(watch);
  await renewal.stop();
}

function stopExpired(active: Iterable<ActiveUnit>): void {
  const nowMs = monotonicMs();
  for (const each of active) if (nowMs >= each.leaseEndsAtMs) each.stop('lease_lost');
}
