import type pg from 'pg';
import type { TaskEvent } from '../../domain/events.ts';
import type { EventFilter } from '../../domain/filters.ts';
import type { Queryable } from '../transaction.ts';
import { EVENT_COLUMNS, type EventRow, toEvent } from './row.ts';

const TAIL = `select ${EVENT_COLUMNS} from task_events e where e.position > $1::bigint order by e.position limit $2`;

/** The visible events after a position, in order; events of uncommitted transactions may be missing. */
export async function readTail(pool: pg.Pool, after: bigint, limit: number): Promise<TaskEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'log-tail',
    text: TAIL,
    values: [after.toString(), limit],
  });
  return rows.map(toEvent);
}

export interface LogPage {
  readonly filter: EventFilter;
  /** Exclusive. */
  readonly after: bigint;
  /** Inclusive: the position up to which the log is settled, so that no event is skipped. */
  readonly upTo: bigint;
  readonly limit: number;
  /** True: the last events instead of the first, still in ascending order. */
  readonly fromEnd: boolean;
}

/** A page of the log of all tasks, oldest first. */
export async function readLog(pool: Queryable, page: LogPage): Promise<TaskEvent[]> {
  const { filter } = page;
  const values: unknown[] = [page.after.toString(), page.upTo.toString()];
  const where = ['e.position > $1::bigint', 'e.position <= $2::bigint'];
  const add = (condition: (placeholder: string) => string, value: unknown): void => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (filter.taskId !== undefined) add((p) => `e.task_id = ${p}::text`, filter.taskId);
  if (filter.status) add((p) => `e."to" = any (${p}::"TaskStatus"[])`, filter.status);
  if (filter.source) add((p) => `e.source = any (${p}::"TaskSource"[])`, filter.source);
  if (filter.agent) add((p) => `e.agent = any (${p}::text[])`, filter.agent);
  if (filter.type) add((p) => `e.type = any (${p}::text[])`, filter.type);
  const { rows } = await pool.query<EventRow>(
    `select ${EVENT_COLUMNS} from task_events e where ${where.join(' and ')}
     order by e.position ${page.fromEnd ? 'desc' : 'asc'} limit ${page.limit}`,
    values,
  );
  const events = rows.map(toEvent);
  return page.fromEnd ? events.reverse() : events;
}

/** The highest position ever assigned, committed or not; 0 if there is none. */
export async function lastAssignedPosition(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ last: string }>({
    name: 'log-last',
    text: `select case when is_called then last_value else 0 end::text as last from task_events_position_seq`,
  });
  return BigInt(rows[0]?.last ?? '0');
}

const WRITERS = `from pg_locks where locktype = 'relation' and mode = 'RowExclusiveLock' and granted
  and database = (select oid from pg_database where datname = current_database())
  and relation = 'task_events'::regclass`;

/** The transactions that are writing events now: only these can still fill a gap that is visible now. */
export async function writersInFlight(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ writers: string[] }>({
    name: 'log-writers',
    text: `select coalesce(array_agg(distinct virtualtransaction), '{}') as writers ${WRITERS}`,
  });
  return rows[0]?.writers ?? [];
}

/** True while one of these transactions is still open. */
export async function anyStillWriting(pool: pg.Pool, writers: readonly string[]): Promise<boolean> {
  const { rows } = await pool.query<{ still: boolean }>({
    name: 'log-still-writing',
    text: `select exists (select 1 ${WRITERS} and virtualtransaction = any ($1::text[])) as still`,
    values: [writers],
  });
  return rows[0]?.still ?? false;
}
