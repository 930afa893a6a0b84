import type pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { TaskEvent } from '../../domain/events.ts';
import { anyStillWriting, lastAssignedPosition, readTail, writersInFlight } from '../../store/events/log.ts';
import { advance, type Gap } from './gap.ts';

export interface Tailer {
  settled(): bigint;
  look(): void;
  status(): { ok: boolean; detail?: string };
  stop(): Promise<void>;
}

/** Events a read takes at most. */
const PAGE = 1_000;
/** Besides being told: a hint may be lost. */
const POLL_MS = 2_000;
/** While a gap is open; the transactions it waits for last milliseconds. */
const GAP_POLL_MS = 3;

/**
 * Follows the log. Reads in order; at a gap asks which transactions are writing at that moment, waits until they are
 * gone, reads again, and only then passes it: nothing that commits late is skipped, and a foreign transaction that
 * never touched the log holds nothing up. While the database is away it tries on with backoff.
 */
export async function startTailer(
  options: { pool: pg.Pool; log: Log; pollMs?: number },
  onPage: (events: readonly TaskEvent[], settled: bigint) => void,
): Promise<Tailer> {
  const { pool, log, pollMs = POLL_MS } = options;
  const stopping = new AbortController();
  let settled = await settledEnd(pool);
  let gap: Gap | undefined;
  let wake = new AbortController();
  let failures = 0;
  let failure: string | undefined;

  /** Takes what can be taken; gives how long to wait before the next look. */
  async function step(): Promise<number> {
    if (gap?.kind === 'waiting') {
      if (await anyStillWriting(pool, gap.writers)) return GAP_POLL_MS;
      gap = { kind: 'over' };
    }
    const events = await readTail(pool, settled, PAGE);
    const { settled: page, atGap } = advance(settled, events, gap);
    if (page.length > 0) gap = undefined;
    const last = page.at(-1);
    if (last) {
      settled = last.position;
      onPage(page, settled);
    }
    if (!atGap) {
      if (events.length === 0 && gap?.kind === 'over') gap = undefined;
      return events.length === PAGE ? 0 : pollMs;
    }
    const writers = await writersInFlight(pool);
    gap = writers.length > 0 ? { kind: 'waiting', writers } : { kind: 'over' };
    return gap.kind === 'over' ? 0 : GAP_POLL_MS;
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      let waitMs: number;
      try {
        waitMs = await step();
        if (failures > 0) log.info('the event log is read again');
        failures = 0;
        failure = undefined;
      } catch (err) {
        failures += 1;
        failure = messageOf(err);
        if (failures === 1) log.warn({ err }, 'the event log could not be read; trying on');
        waitMs = backoffDelayMs(failures, { firstDelayMs: 50, maxDelayMs: 2_000 });
      }
      if (waitMs > 0 && !stopping.signal.aborted) await sleep(waitMs, wake.signal);
    }
  }

  const following = follow();
  return {
    settled: () => settled,
    look: () => wake.abort(),
    status: () => (failure === undefined ? { ok: true } : { ok: false, detail: failure }),
    stop: async () => {
      stopping.abort();
      wake.abort();
      await following;
    },
  };
}

/** Where to begin: every number given out so far, once whoever was writing then is done. */
async function settledEnd(pool: pg.Pool): Promise<bigint> {
  const end = await lastAssignedPosition(pool);
  const writers = await writersInFlight(pool);
  while (writers.length > 0 && (await anyStillWriting(pool, writers))) await sleep(GAP_POLL_MS);
  return end;
}
