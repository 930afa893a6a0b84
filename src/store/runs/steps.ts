import type pg from 'pg';
import type { RunEvent, RunPosition } from '../../domain/run.ts';

interface RunEventRow {
  run_id: string;
  run_number: number;
  seq: number;
  type: string;
  data: unknown;
  at: Date;
}

function toRunEvent(row: RunEventRow): RunEvent {
  return {
    runId: row.run_id,
    runNumber: row.run_number,
    seq: row.seq,
    type: row.type,
    data: row.data,
    at: row.at,
  };
}

const COLUMNS = 'e.run_id, r.number as run_number, e.seq, e.type, e.data, e.at';

/** Run by run, so that each is an index range scan and no more than `limit` steps are read. */
const AFTER = `select ${COLUMNS} from (
  select id, number from runs where task_id = $1 and number >= $2 order by number
) r cross join lateral (
  select * from run_events e where e.run_id = r.id and (r.number > $2 or e.seq > $3) order by e.seq limit $4
) e order by r.number, e.seq limit $4`;

/** The steps of a task over all its runs, in order, after a position (`{ number: 0, seq: 0 }` is the beginning). */
export async function readRunEvents(
  pool: pg.Pool,
  query: { taskId: string; after: RunPosition; limit: number },
): Promise<RunEvent[]> {
  const { rows } = await pool.query<RunEventRow>({
    name: 'run-events-after',
    text: AFTER,
    values: [query.taskId, query.after.number, query.after.seq, query.limit],
  });
  return rows.map(toRunEvent);
}

const RECORD = `select ${COLUMNS} from runs r join run_events e on e.run_id = r.id
where r.task_id = $1 and e.type <> 'text' order by r.number, e.seq`;

/** The steps from which a later run resumes: all steps of a task in order, except `text`. See decision 010. */
export async function readRecord(pool: pg.Pool, taskId: string): Promise<RunEvent[]> {
  const { rows } = await pool.query<RunEventRow>({
    name: 'run-events-record',
    text: RECORD,
    values: [taskId],
  });
  return rows.map(toRunEvent);
}
