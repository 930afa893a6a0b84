import type pg from 'pg';
import type { PageRequest } from '../../core/page.ts';
import type { Occurrence } from '../../domain/trigger.ts';
import { type NewestPage, ofParents, pagesOf } from '../newest-first.ts';
import { OCCURRENCE_COLUMNS, type OccurrenceRow, toOccurrence } from './occurrence-row.ts';

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
