import type pg from 'pg';
import type { TaskEvent } from '../../domain/events.ts';
import { EVENT_COLUMNS, type EventRow, toEvent } from './row.ts';

/** A page of each task's history, between two positions, both exclusive. */
export interface HistoryPage {
  readonly after: bigint;
  readonly before: bigint | null;
  readonly limit: number;
  /** True: the last events instead of the first, still in ascending order. */
  readonly fromEnd: boolean;
  /** The position up to which the log is settled: no event can still appear before it. */
  readonly upTo: bigint;
}

const historySql = (direction: 'asc' | 'desc'): string => `select ${EVENT_COLUMNS}
  from unnest($1::text[]) as wanted (id) cross join lateral (
    select * from task_events h where h.task_id = wanted.id and h.position > $2::bigint
      and ($3::bigint is null or h.position < $3::bigint) and h.position <= $5::bigint
    order by h.seq ${direction} limit $4
  ) e order by e.task_id, e.seq`;

const FORWARD = historySql('asc');
const BACKWARD = historySql('desc');

/** The history of several tasks in one statement: one list per id, in the order of the ids, oldest event first. */
export async function historyOf(
  pool: pg.Pool,
  taskIds: readonly string[],
  page: HistoryPage,
): Promise<TaskEvent[][]> {
  const { rows } = await pool.query<EventRow>({
    name: page.fromEnd ? 'history-backward' : 'history-forward',
    text: page.fromEnd ? BACKWARD : FORWARD,
    values: [
      taskIds,
      page.after.toString(),
      page.before?.toString() ?? null,
      page.limit,
      page.upTo.toString(),
    ],
  });
  const histories = new Map<string, TaskEvent[]>(taskIds.map((id) => [id, []]));
  for (const row of rows) histories.get(row.task_id)?.push(toEvent(row));
  return taskIds.map((id) => histories.get(id) ?? []);
}

/** Single events by task and seq, in the order of `places`; undefined for a missing one. */
export async function readEvents(
  pool: pg.Pool,
  places: readonly { taskId: string; seq: number }[],
): Promise<(TaskEvent | undefined)[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'events-by-place',
    text: `select ${EVENT_COLUMNS} from unnest($1::text[], $2::int[]) as wanted (task_id, seq)
      join task_events e on e.task_id = wanted.task_id and e.seq = wanted.seq`,
    values: [places.map((place) => place.taskId), places.map((place) => place.seq)],
  });
  const found = new Map(rows.map((row) => [`${row.task_id} ${row.seq}`, toEvent(row)]));
  return places.map((place) => found.get(`${place.taskId} ${place.seq}`));
}
