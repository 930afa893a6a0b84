import type pg from 'pg';
import { expect } from 'vitest';
import { sleep } from '../../src/core/clock.ts';
import { LEGAL_MOVES, type TaskStatus } from '../../src/domain/status.ts';
import { createTask } from '../../src/tasks/commands/create.ts';
import { systemCaller } from '../fixtures/keys.ts';
import type { TestTasks } from '../fixtures/tasks.ts';

/** Asks every 20 ms until something is found; throws what it waited for when it is not there after `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  find: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}

/** Background work for the demo agent, made by the system; nobody is told of it, so that workers find it by their polls. */
export async function giveWork(app: TestTasks, titles: readonly string[]): Promise<string[]> {
  const made = await Promise.all(
    titles.map((title) => createTask(app.tasks, systemCaller('member'), { title, agent: 'assistant' })),
  );
  return made.map(({ id }) => id);
}

export interface EventRow {
  readonly taskId: string;
  readonly seq: number;
  readonly type: string;
  readonly from: TaskStatus | null;
  readonly to: TaskStatus | null;
  readonly runId: string | null;
  readonly reason: string | null;
  readonly at: Date;
}

export async function eventsOf(pool: pg.Pool, taskId?: string): Promise<EventRow[]> {
  const { rows } = await pool.query<EventRow>(
    `select task_id as "taskId", seq, type, "from", "to", run_id as "runId", reason, at from task_events
     where $1::text is null or task_id = $1 order by position`,
    [taskId ?? null],
  );
  return rows;
}

export async function typesOf(pool: pg.Pool, taskId: string): Promise<string[]> {
  return (await eventsOf(pool, taskId)).map(({ type }) => type);
}

export interface RunRow {
  readonly id: string;
  readonly taskId: string;
  readonly number: number;
  readonly workerId: string;
  readonly outcome: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Of the process that worked on it, as long as it is on the list. */
  readonly pid: number | null;
}

export async function runsOf(pool: pg.Pool, taskId?: string): Promise<RunRow[]> {
  const { rows } = await pool.query<RunRow>(
    `select r.id, task_id as "taskId", number, worker_id as "workerId", outcome, r.started_at as "startedAt",
       ended_at as "endedAt", w.pid
     from runs r left join workers w on w.id = r.worker_id
     where $1::text is null or task_id = $1 order by task_id, number`,
    [taskId ?? null],
  );
  return rows;
}

export async function countWhere(pool: pg.Pool, condition: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from tasks where ${condition}`);
  return rows[0]?.n ?? 0;
}

/** How many runs the process `pid` has under way, by their leases. */
export async function heldBy(pool: pg.Pool, pid: number): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from tasks t join workers w on w.id = t.lease_owner
     where w.pid = $1 and t.lease_until > now()`,
    [pid],
  );
  return rows[0]?.n ?? 0;
}

/**
 * The law for every task there is: seq from 1 without a gap, each move legal and from where the last one led, one end
 * at most, moments in order, status and version as the last event says, and no two runs at once.
 */
export async function expectLegalHistories(pool: pg.Pool): Promise<void> {
  const { rows: tasks } = await pool.query<{ id: string; status: TaskStatus; version: number }>(
    'select id, status, version from tasks',
  );
  const byTask = new Map<string, EventRow[]>(tasks.map(({ id }) => [id, []]));
  for (const event of await eventsOf(pool)) byTask.get(event.taskId)?.push(event);
  for (const { id, status, version } of tasks) {
    const events = byTask.get(id) ?? [];
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(version).toBe(events.length);
    let now: TaskStatus | null = null;
    let at = 0;
    for (const event of events) {
      expect(event.at.getTime()).toBeGreaterThanOrEqual(at);
      at = event.at.getTime();
      if (event.to === null) continue;
      expect(event.from).toBe(now);
      if (event.from !== null) expect(LEGAL_MOVES[event.from]).toContain(event.to);
      now = event.to;
    }
    expect(now).toBe(status);
  }
  const { rows: overlapping } = await pool.query(
    `select a.task_id from runs a join runs b on b.task_id = a.task_id and b.number > a.number
     where a.ended_at is null or b.started_at < a.ended_at`,
  );
  expect(overlapping).toEqual([]);
}
