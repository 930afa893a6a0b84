import { OperationError } from '../../core/errors.ts';
import type { EventLog } from './event-log.ts';

const CURSOR = /^(0|[1-9]\d{0,17})$/;

/**
 * The position that a cursor names; `"0"` is the beginning. Throws `BAD_CURSOR` for nonsense, and for a position that
 * this log has never given out: it belongs to another database.
 */
export async function parseCursor(log: EventLog, cursor: string): Promise<bigint> {
  const position = CURSOR.test(cursor) ? BigInt(cursor) : undefined;
  if (position !== undefined && (position <= log.settled() || position <= (await log.lastAssigned())))
    return position;
  throw new OperationError(
    'BAD_CURSOR',
    `"${cursor.slice(0, 40)}" is no cursor of this log: use "0" for the beginning, or the cursor of an event.`,
  );
}
