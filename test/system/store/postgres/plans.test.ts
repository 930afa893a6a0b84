import pg from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { newId } from '../../../../src/core/ids.ts';
import { TASK_DEFAULTS } from '../../../../src/domain/task.ts';
import { createPool } from '../../../../src/store/postgres/pools.ts';
import { changeTasks } from '../../../../src/store/tasks/change.ts';
import { claimTasks } from '../../../../src/store/tasks/claim.ts';
import { insertTasks } from '../../../../src/store/tasks/insert.ts';
import { testDatabase } from '../../../fixtures/database.ts';

/** From this estimated cost on PostgreSQL compiles a statement, unless it is told not to (`jit_above_cost`). */
const COMPILED_FROM = 100_000;
const GROWN = 20_000;
/** A statement for one task reads 25 to 60 pages of tables and indexes; one look past the key reads a hundred more. */
const PAGES = 90;

const person = { kind: 'person', id: 'key_1', name: 'Ada' } as const;

interface Statement {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** What the write path sends for one task made under another, one changed in every respect, and one claimed. */
async function statements(): Promise<Statement[]> {
  const sent: Statement[] = [];
  const pool = {
    query: async (statement: Statement) => {
      sent.push(statement);
      return { rows: [] };
    },
  } as unknown as pg.Pool;
  const id = 'task_7';
  const event = { actor: person, reason: null, runId: 'run_7', data: null } as const;
  await insertTasks(pool, [
    {
      ...TASK_DEFAULTS,
      id: newId('task'),
      title: 'A part of it',
      source: 'api',
      createdBy: person,
      actsFor: null,
      agent: 'assistant',
      parentId: id,
      retryOf: null,
      triggerId: null,
      reason: null,
      runId: 'run_7',
      by: { taskId: id, token: 7n },
      data: {},
      idempotency: { actorId: 'key_1', key: 'a key', operation: 'createTask', bodyHash: 'a hash' },
    },
  ]);
  await changeTasks(pool, [
    {
      id,
      from: 'in_progress',
      to: 'completed',
      lease: { kind: 'held', token: 7n },
      patch: { title: 'Another title' },
      events: [{ ...event, type: 'task.completed', from: 'in_progress', to: 'completed' }],
      endRun: { outcome: 'completed', error: null },
      answer: { id: 'inp_7', answer: 'Yes', answeredBy: person },
    },
  ]);
  const request = { agents: ['assistant'], workerId: 'a worker', leaseMs: 1_000, runIds: [newId('run')] };
  await claimTasks(pool, { ...request, alone: false });
  return sent;
}

/** Tasks of which every other one is under a lease and the rest wait; with a run and an answered question each. */
async function fill(pool: pg.Pool, from: number, to: number): Promise<void> {
  for (const sql of [
    `insert into tasks (id, title, status, source, created_by, agent, run_id, run_number, lease_token, lease_until, created_at)
     select 'task_' || i, 'A task with a title of some length', (case when i % 2 = 1 then 'in_progress' else 'pending' end)::"TaskStatus",
       'api', '{"kind":"person","id":"key_1","name":"Ada"}', 'assistant', 'run_' || i, 1,
       case when i % 2 = 1 then i end, case when i % 2 = 1 then now() + interval '1 hour' end, now() + i * interval '1 second'
     from generate_series($1::int, $2::int) i`,
    `insert into task_texts select 'task_' || i, 'A task' from generate_series($1::int, $2::int) i`,
    `insert into runs (id, task_id, number, agent, worker_id, token, started_at)
     select 'run_' || i, 'task_' || i, 1, 'assistant', 'a worker', i, now() from generate_series($1::int, $2::int) i`,
    `insert into input_requests (id, task_id, question, asked_by, asked_at)
     select 'inp_' || i, 'task_' || i, 'Which?', '{}', now() from generate_series($1::int, $2::int) i`,
  ]) {
    await pool.query(sql, [from, to]);
  }
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Total Cost': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

/** Runs the statement by the plan that is kept for it, and takes back what it did. */
async function run(pool: pg.Pool, { name, values }: Statement): Promise<Plan> {
  const literals = values.map((value) => {
    if (Array.isArray(value))
      return `array[${value.map((item) => pg.escapeLiteral(String(item))).join(', ')}]`;
    return pg.escapeLiteral(String(value));
  });
  await pool.query('begin');
  try {
    const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (analyze, buffers, format json) execute "${name}" (${literals.join(', ')})`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    if (!plan) throw new Error(`no plan for ${name}`);
    return plan;
  } finally {
    await pool.query('rollback');
  }
}

test.for([0, 20, 100, 3_000])(
  'a plan that the write path keeps goes by key, is never worth compiling, and stays right when %i tasks become 20,000',
  async (tasks) => {
    await using database = await testDatabase();
    const pool = createPool(
      { url: database.url, name: 'writes', max: 1, byKey: true },
      pino({ level: 'silent' }),
    );
    try {
      await fill(pool, 1, tasks);
      if (tasks > 0) await pool.query('analyze');
      await pool.query('set plan_cache_mode = force_generic_plan');
      // Prepared as the product prepares them; with nothing to do, they do nothing.
      await insertTasks(pool, []);
      await changeTasks(pool, []);
      await claimTasks(pool, { agents: [], workerId: 'w', leaseMs: 1, runIds: [], alone: false });
      const sent = await statements();
      for (const statement of sent) await run(pool, statement);

      await fill(pool, tasks + 1, GROWN);
      for (const statement of sent) {
        const plan = await run(pool, statement);
        const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
        expect([statement.name, plan['Actual Rows']]).toEqual([statement.name, 1]);
        expect(pages, `${statement.name} reads ${pages} pages`).toBeLessThan(PAGES);
        expect(plan['Total Cost']).toBeLessThan(COMPILED_FROM / 100);
      }
    } finally {
      await pool.end();
    }
  },
);
