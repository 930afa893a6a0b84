import type pg from 'pg';
import { monotonicMs, sleep } from '../../core/clock.ts';
import type { IncomingVerdict } from '../../domain/delivery.ts';
import { readVerdict } from '../../store/deliveries/incoming.ts';

/** A decision takes milliseconds. After a crash, another process decides later than any sender would wait. */
const WAIT_MS = 3_000;
const FIRST_LOOK_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** The first of two copies once it is decided, or as it is after a short wait. */
export async function awaitVerdict(
  pool: pg.Pool,
  id: string,
): Promise<{ verdict: IncomingVerdict; taskId: string } | undefined> {
  const end = monotonicMs() + WAIT_MS;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const found = await readVerdict(pool, id);
    if (found?.verdict !== 'received' || monotonicMs() > end) return found;
    await sleep(pauseMs);
  }
}
