import type pg from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { Occurrence, OccurrenceKind, OccurrenceOutcome } from '../../domain/trigger.ts';
import { type NewestPage, ofParents, pagesOf } from '../newest-first.ts';
import type { PageRequest } from '../tasks/list.ts';

const COLUMNS =
  'o.id, o.trigger_id, o.due_at, o.kind, o.fired_by, o.task_id, o.outcome, o.reason, o.created_at, o.decided_at';

interface OccurrenceRow {
  id: string;
  trigger_id: string;
  due_at: Date;
  kind: OccurrenceKind;
  fired_by: Actor | null;
  task_id: string;
  outcome: OccurrenceOutcome | null;
  reason: string | null;
  created_at: Date;
  decided_at: Date | null;
}

function toOccurrence(row: OccurrenceRow): Occurrence {
  return {
    id: row.id,
    triggerId: row.trigger_id,
    dueAt: row.due_at,
    kind: row.kind,
    firedBy: row.fired_by,
    taskId: row.task_id,
    outcome: row.outcome,
    reason: row.reason,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
  };
}

/** The occurrences of `ids`, in their order; undefined where there is none. */
export async function readOccurrences(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<(Occurrence | undefined)[]> {
  const { rows } = await pool.query<OccurrenceRow>({
    name: 'occurrences-by-id',
    text: `select ${COLUMNS} from occurrences o where o.id = any ($1::text[])`,
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, toOccurrence(row)]));
  return ids.map((id) => found.get(id));
}

const OF_TRIGGERS = {
  name: 'occurrences-of-triggers',
  columns: COLUMNS,
  table: 'occurrences',
  alias: 'o',
  parent: 'trigger_id',
  at: 'due_at',
} as const;

/** The same page of each trigger's occurrences, the one due last first. Throws `BAD_CURSOR`. */
export async function occurrencesOf(
  pool: pg.Pool,
  triggerIds: readonly string[],
  page: PageRequest,
): Promise<NewestPage<Occurrence>[]> {
  const { rows } = await pool.query<OccurrenceRow>(ofParents(OF_TRIGGERS, triggerIds, page));
  return pagesOf(rows.map(toOccurrence), triggerIds, ({ triggerId }) => triggerId, page);
}
