import type pg from 'pg';
import { z } from 'zod';
import { OperationError } from '../../core/errors.ts';
import type { PageRequest } from '../../core/page.ts';
import {
  TASK_ORDER_FIELDS,
  type TaskFilter,
  type TaskOrder,
  type TaskOrderField,
} from '../../domain/filters.ts';
import type { Task } from '../../domain/task.ts';
import { Conditions, likePattern } from '../conditions.ts';
import { TASK_COLUMNS, type TaskRow, toTask } from './row.ts';

export interface TaskPage {
  readonly tasks: Task[];
  /** True if there are more in the direction of the read. */
  readonly hasMore: boolean;
}

const cursorSchema = z.tuple([
  z.enum(TASK_ORDER_FIELDS),
  z.union([z.iso.datetime(), z.number().int()]),
  z.string().max(64),
]);

/** The cursor of a task in a list ordered by `order.field`; opaque to the caller. */
export function taskCursor(task: Task, order: TaskOrder): string {
  const value = {
    created_at: task.createdAt.toISOString(),
    updated_at: task.updatedAt.toISOString(),
    priority: task.priority,
  };
  return Buffer.from(JSON.stringify([order.field, value[order.field], task.id])).toString('base64url');
}

function parseCursor(cursor: string, order: TaskOrder): [string | number, string] {
  try {
    const [field, value, id] = cursorSchema.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')),
    );
    if (field === order.field && (typeof value === 'number') === (field === 'priority')) return [value, id];
  } catch {
    // reported below as an invalid cursor
  }
  throw new OperationError(
    'BAD_CURSOR',
    `Invalid cursor for a list ordered by ${order.field}; omit it for the first page.`,
  );
}

function filterConditions(filter: TaskFilter): Conditions {
  const conditions = new Conditions();
  if (filter.status) conditions.add((p) => `t.status = any (${p}::"TaskStatus"[])`, filter.status);
  if (filter.source) conditions.add((p) => `t.source = any (${p}::"TaskSource"[])`, filter.source);
  if (filter.agent) conditions.add((p) => `t.agent = any (${p}::text[])`, filter.agent);
  if (filter.trigger) conditions.add((p) => `t.trigger_id = any (${p}::text[])`, filter.trigger);
  if (filter.createdAfter) conditions.add((p) => `t.created_at > ${p}::timestamptz`, filter.createdAfter);
  if (filter.createdBefore) conditions.add((p) => `t.created_at < ${p}::timestamptz`, filter.createdBefore);
  if (filter.text) {
    conditions.add(
      (p) => `t.id in (select x.task_id from task_texts x where x.text ilike ${p})`,
      likePattern(filter.text),
    );
  }
  return conditions;
}

/** SQL types of the columns. The id breaks ties, so that row values are a total order and pages do not overlap. */
const TYPES: Record<TaskOrderField, string> = {
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  priority: 'int',
};

/** One page by row values: as fast in the middle of a million tasks as at the start. Throws `BAD_CURSOR`. */
export async function listTasks(
  pool: pg.Pool,
  query: { filter: TaskFilter; order: TaskOrder; page: PageRequest },
): Promise<TaskPage> {
  const { order, page } = query;
  const conditions = filterConditions(query.filter);
  const bound = (cursor: string, after: boolean): void => {
    const [value, id] = parseCursor(cursor, order);
    const sign = after === (order.direction === 'asc') ? '>' : '<';
    conditions.values.push(value, id);
    const n = conditions.values.length;
    conditions.parts.push(`(t.${order.field}, t.id) ${sign} ($${n - 1}::${TYPES[order.field]}, $${n}::text)`);
  };
  if (page.after !== undefined) bound(page.after, true);
  if (page.before !== undefined) bound(page.before, false);
  const direction = page.fromEnd === (order.direction === 'asc') ? 'desc' : 'asc';
  const text = `select ${TASK_COLUMNS} from tasks t ${conditions.where}
    order by t.${order.field} ${direction}, t.id ${direction} limit ${page.limit + 1}`;
  const { rows } = await pool.query<TaskRow>(text, conditions.values);
  const tasks = rows.slice(0, page.limit).map(toTask);
  return { tasks: page.fromEnd ? tasks.reverse() : tasks, hasMore: rows.length > page.limit };
}

/** The number of matching tasks; counts up to `cap` + 1. */
export async function countTasks(pool: pg.Pool, filter: TaskFilter, cap: number): Promise<number> {
  const conditions = filterConditions(filter);
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from (select 1 from tasks t ${conditions.where} limit ${cap + 1}) as capped`,
    conditions.values,
  );
  return rows[0]?.count ?? 0;
}
