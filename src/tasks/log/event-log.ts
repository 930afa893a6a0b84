import type pg from 'pg';
import { OperationError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { TaskEvent } from '../../domain/events.ts';
import { type EventFilter, type LogPage, lastAssignedPosition, readLog } from '../../store/events/log.ts';
import { startTailer, type Tailer } from './tailer.ts';

/** Called with each settled page, in order, one page after the other. */
export type PageListener = (events: readonly TaskEvent[], settled: bigint) => void;

/** The one reader of the log in a process: the history is the stream, and nothing past `settled` is shown. */
export interface EventLog extends AsyncDisposable {
  /** Every event up to here is known; none can appear below it any more. */
  settled(): bigint;
  /** Hears every page from now on; gives back the way to stop. */
  onPage(listener: PageListener): () => void;
  /** The log may have grown. */
  look(): void;
  /** Part of the log, oldest first, bounded by what is settled. */
  read(page: Omit<LogPage, 'upTo'> & { upTo?: bigint }): Promise<TaskEvent[]>;
  /** The position a cursor names. Throws `BAD_CURSOR` for nonsense and for one that this log has never given out. */
  parseCursor(cursor: string): Promise<bigint>;
  status(): { ok: boolean; detail?: string };
}

export interface EventLogOptions {
  readonly pool: pg.Pool;
  readonly log: Log;
  /** How often it looks without being told to. */
  readonly pollMs?: number;
}

const CURSOR = /^(0|[1-9]\d{0,17})$/;

export function badCursor(cursor: string): OperationError {
  return new OperationError(
    'BAD_CURSOR',
    `"${cursor.slice(0, 40)}" is no cursor of this log: use "0" for the beginning, or the cursor of an event.`,
  );
}

/** Finds the settled end of the log, and follows it from there. Throws when the database cannot be read. */
export async function openEventLog(options: EventLogOptions): Promise<EventLog> {
  const { pool } = options;
  const listeners = new Set<PageListener>();
  const tailer: Tailer = await startTailer(options, (events, settled) => {
    for (const listener of [...listeners]) listener(events, settled);
  });
  return {
    settled: tailer.settled,
    look: tailer.look,
    status: tailer.status,
    onPage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: (page) => {
      const settled = tailer.settled();
      const upTo = page.upTo !== undefined && page.upTo < settled ? page.upTo : settled;
      return readLog(pool, { ...page, upTo });
    },
    parseCursor: async (cursor) => {
      if (!CURSOR.test(cursor)) throw badCursor(cursor);
      const position = BigInt(cursor);
      if (position > tailer.settled() && position > (await lastAssignedPosition(pool)))
        throw badCursor(cursor);
      return position;
    },
    [Symbol.asyncDispose]: tailer.stop,
  };
}

export type { EventFilter };
