import { OperationError } from '../../core/errors.ts';
import type { EventLog } from './event-log.ts';

const CURSOR = /^(0|[1-9]\d{0,17})$/;

/**
 * The position of a cursor; `"0"` is the beginning. Throws `BAD_CURSOR` for any other text, and for a position that
 * this log has never assigned, because it belongs to another database.
 */
export async function parseCursor(log: EventLog, cursor: string): Promise<bigint> {
  const position = CURSOR.test(cursor) ? BigInt(cursor) : undefined;
  if (position !== undefined && (position <= log.settled() || position <= (await log.lastAssigned())))
    return position;
  throw new OperationError(
    'BAD_CURSOR',
    `Invalid cursor "${cursor.slice(0, 40)}"; use the cursor of an event, or "0" for the beginning.`,
  );
}
