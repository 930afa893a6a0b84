import type pg from 'pg';
import type { PageRequest } from '../../core/page.ts';
import type { TriggerFilter } from '../../domain/filters.ts';
import type { Trigger } from '../../domain/trigger.ts';
import { Conditions, likePattern } from '../conditions.ts';
import { boundNewest, type NewestPage, toNewestPage } from '../newest-first.ts';
import { TRIGGER_COLUMNS, type TriggerRow, toTrigger } from './row.ts';

function filterConditions(filter: TriggerFilter): Conditions {
  const conditions = new Conditions();
  conditions.parts.push('t.deleted_at is null');
  if (filter.kind) conditions.add((p) => `t.kind = ${p}::"TriggerKind"`, filter.kind);
  if (filter.paused !== undefined) {
    conditions.parts.push(`t.paused_at is ${filter.paused ? 'not null' : 'null'}`);
  }
  if (filter.agent) conditions.add((p) => `t.agent = any (${p}::text[])`, filter.agent);
  if (filter.text) {
    conditions.add(
      (p) => `(t.name ilike ${p} or t.title ilike ${p} or t.description ilike ${p})`,
      likePattern(filter.text),
    );
  }
  return conditions;
}

/** One page of triggers, newest first. Throws `BAD_CURSOR`. */
export async function listTriggers(
  pool: pg.Pool,
  query: { filter: TriggerFilter; page: PageRequest },
): Promise<NewestPage<Trigger>> {
  const conditions = filterConditions(query.filter);
  const order = boundNewest(conditions, query.page, ['t.created_at', 't.id']);
  const { rows } = await pool.query<TriggerRow>(
    `select ${TRIGGER_COLUMNS} from triggers t ${conditions.where} ${order}`,
    conditions.values,
  );
  return toNewestPage(rows.map(toTrigger), query.page);
}
