import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { newId } from '../../src/core/ids.ts';
import { testPool } from '../fixtures/pool.ts';

const TASK = `insert into tasks (id, title, source, created_by)
  select id, 'written to', 'api', '{}' from unnest($1::text[]) as given (id)`;

/** As the write path does it: the task's version and the event in one statement. */
const EVENT = `with t as (update tasks set version = version + 1 where id = $1 returning id, version)
  insert into task_events (task_id, seq, type, actor, source, at)
  select id, version, 'run.released', '{"kind":"system","id":"errand","name":"Errand"}', 'api', now() from t`;

export async function insertTasks(pool: pg.Pool, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId('task'));
  await pool.query(TASK, [ids]);
  return ids;
}

export interface WriterOptions {
  readonly url: string;
  readonly taskIds: readonly string[];
  readonly connections: number;
  /** Writers that take turns on the connections. */
  readonly writers: number;
  readonly transactionsEach: number;
  readonly maxPauseMs?: number;
}

/** Hundreds of writers: transactions of one to three events with pauses inside, one in twenty rolled back. */
export async function writeConcurrently(options: WriterOptions): Promise<void> {
  const { maxPauseMs = 12 } = options;
  const pool = testPool({ connectionString: options.url, max: options.connections });
  const pick = (): string => options.taskIds[Math.floor(Math.random() * options.taskIds.length)] ?? '';
  const write = async (): Promise<void> => {
    for (let done = 0; done < options.transactionsEach; done += 1) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        // In order of their ids, so that two writers never wait for each other in a circle.
        for (const id of Array.from({ length: 1 + Math.floor(Math.random() * 3) }, pick).sort()) {
          await client.query({ name: 'event', text: EVENT, values: [id] });
          if (Math.random() < 0.4) await delay(Math.random() * maxPauseMs);
        }
        await client.query(Math.random() < 0.05 ? 'rollback' : 'commit');
      } finally {
        client.release();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: options.writers }, write));
  } finally {
    await pool.end();
  }
}
