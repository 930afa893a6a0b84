import { monotonicMs, sleep } from '../../core/clock.ts';
import { logFieldsOf, type Revocation } from '../work/unit.ts';
import type { ActiveUnit } from './active-unit.ts';
import { type Claimer, startClaimer } from './claimer.ts';
import { execute } from './execute.ts';
import { keepLeases } from './leases.ts';
import type { WorkerOptions } from './options.ts';
import { keepPresence } from './presence.ts';
import { storeEnd } from './settle.ts';

/** How long a unit may take to notice that it was stopped; after that it is given back without waiting for it. */
const STOP_WAIT_MS = 500;

/** While all slots are taken no claim empties the set: then it stays at this size, and the heartbeat finds the others. */
const MAX_REVOKED_KEPT = 10_000;

export interface Worker extends AsyncDisposable {
  readonly id: string;
  /** Something may be claimable. */
  wake(): void;
  /** Units that somebody else ended or took over: those under way here are stopped. */
  revoked(revocations: readonly Revocation[]): void;
  /**
   * Takes no new work, lets what is under way end for `graceMs`, then stops the rest and gives those units back, for
   * others to take up at once. Gives how many were given back. A second call waits for the first.
   */
  stop(graceMs: number): Promise<{ released: number }>;
}

/** Starts working: claims units, runs the handler on each under a lease, and stores how it ended. */
export function startWorker(options: WorkerOptions): Worker {
  const { id, source, agents, concurrency, leaseMs, log } = options;
  const active = new Map<string, ActiveUnit>();
  const endings = new Set<Promise<void>>();
  const stopping = new AbortController();
  const leasesEnd = new AbortController();
  /** Moved since the last claim was sent: the claim may have taken one of them, and its answer comes only now. */
  const movedSinceClaim = new Set<string>();
  let aloneUnitId: string | undefined;
  let draining = false;
  let released = 0;
  let stopped: Promise<{ released: number }> | undefined;

  async function work(each: ActiveUnit): Promise<void> {
    const { unit } = each;
    const fields = logFieldsOf(unit);
    try {
      const end = await execute(each, options);
      const cause = each.stoppedFor;
      if (cause === 'lease_lost' || cause === 'moved') {
        log.info({ ...fields, cause }, 'a unit of work was stopped; its outcome is not stored');
        return;
      }
      if (!end) return;
      const isStored = await storeEnd(each, end);
      if (isStored && end.kind === 'release') released += 1;
      if (!isStored)
        log.info({ ...fields, end: end.kind }, 'the lease was lost before the outcome was stored');
    } catch (err) {
      log.error(
        { err, ...fields },
        'an outcome could not be stored; the lease will end and another takes over',
      );
    } finally {
      // An attempt that was replaced by the next one of its unit may end late, and is not the one that is alone.
      if (active.get(unit.id) === each) {
        active.delete(unit.id);
        if (aloneUnitId === unit.id) aloneUnitId = undefined;
      }
      claimer.wake();
    }
  }

  const claimer: Claimer = startClaimer(options, {
    busy: () => active.size,
    isAlone: () => aloneUnitId !== undefined,
    claiming: () => movedSinceClaim.clear(),
    start: (each, alone) => {
      const { unit } = each;
      active.get(unit.id)?.stop('lease_lost');
      active.set(unit.id, each);
      if (alone) aloneUnitId = unit.id;
      if (movedSinceClaim.has(unit.id)) each.stop('moved');
      if (draining) each.stop('shutdown');
      const ending: Promise<void> = work(each).finally(() => endings.delete(ending));
      endings.add(ending);
    },
    poisoned: (unitId) =>
      log.warn({ unitId }, 'a unit of work lost its third lease and has failed as poison'),
  });
  const keeping = keepLeases({ source, leaseMs, active: () => active.values(), log }, leasesEnd.signal);
  const presence = keepPresence(
    options.pool,
    () => ({ id, agents: agents.names(), slots: concurrency, busy: active.size, draining }),
    { signal: stopping.signal, log },
  );

  async function waitFor(action: Promise<unknown>, withinMs: number): Promise<void> {
    const limit = new AbortController();
    await Promise.race([action, sleep(Math.max(0, withinMs), limit.signal)]);
    limit.abort();
  }

  async function release({ unit }: ActiveUnit): Promise<void> {
    try {
      if (await unit.release('shutdown')) released += 1;
    } catch (err) {
      log.warn({ err, ...logFieldsOf(unit) }, 'a unit of work could not be given back; its lease will end');
    }
  }

  async function stop(graceMs: number): Promise<{ released: number }> {
    draining = true;
    released = 0;
    stopping.abort();
    const graceEndsAtMs = monotonicMs() + graceMs;
    // A claim or another statement that hangs must not use up the time in which the units are given back.
    const touched = presence.touch();
    const claimed = claimer.stop();
    await waitFor(claimed, graceMs);
    await waitFor(Promise.all(endings), graceEndsAtMs - monotonicMs());
    for (const each of active.values()) each.stop('shutdown');
    await waitFor(
      claimed.then(() => Promise.all(endings)),
      STOP_WAIT_MS,
    );
    await Promise.all([...active.values()].map(release));
    leasesEnd.abort();
    await Promise.all([keeping, touched]);
    await presence.end();
    if (released > 0) log.info({ released }, 'unfinished work was given back');
    return { released };
  }

  const stopOnce = (graceMs: number): Promise<{ released: number }> => {
    stopped ??= stop(graceMs);
    return stopped;
  };
  return {
    id,
    wake: () => claimer.wake(),
    revoked: (revocations) => {
      for (const { unitId, attemptId, cause } of revocations) {
        const each = active.get(unitId);
        if (each && (attemptId === null || attemptId === each.unit.attemptId)) each.stop(cause);
        if (!each && cause === 'moved' && movedSinceClaim.size < MAX_REVOKED_KEPT)
          movedSinceClaim.add(unitId);
      }
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: async () => {
      await stopOnce(0);
    },
  };
}
