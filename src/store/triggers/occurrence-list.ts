import type pg from 'pg';
import type { PageRequest } from '../../core/page.ts';
import type { Occurrence } from '../../domain/trigger.ts';
import { type NewestPage, ofParents, pagesOf } from '../newest-first.ts';
import { OCCURRENCE_COLUMNS, type OccurrenceRow, toOccurrence } from './occurrence-row.ts';

/** The occurrences of `ids`, in their order; undefined for a missing one. */
export async function readOccurrences(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<(Occurrence | undefined)[]> {
  const { rows } = await pool.query<OccurrenceRow>({
    name: 'occurrences-by-id',
    text: `select ${OCCURRENCE_COLUMNS} from occurrences o where o.id = any ($1::text[])`,
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.o_id, toOccurrence(row)]));
  return ids.map((id) => found.get(id));
}

const OF_TRIGGERS = {
  name: 'occurrences-of-triggers',
  columns: OCCURRENCE_COLUMNS,
  table: 'occurrences',
  alias: 'o',
  parent: 'trigger_id',
  at: 'due_at',
} as const;

/** The same page of each trigger's occurrences, the last due first. Throws `BAD_CURSOR`. */
export async function occurrencesOf(
  pool: pg.Pool,
  triggerIds: readonly string[],
  page: PageRequest,
): Promise<NewestPage<Occurrence>[]> {
  const { rows } = await pool.query<OccurrenceRow>(ofParents(OF_TRIGGERS, triggerIds, page));
  return pagesOf(rows.map(toOccurrence), triggerIds, ({ triggerId }) => triggerId, page);
}
