import type pg from 'pg';
import { newId } from '../../src/core/ids.ts';
import { createLog } from '../../src/core/log.ts';
import { SYSTEM } from '../../src/domain/actor.ts';
import type { Occurrence } from '../../src/domain/trigger.ts';
import { createInProcessPubSub } from '../../src/pubsub/in-process.ts';
import {
  OCCURRENCE_COLUMNS,
  type OccurrenceRow,
  toOccurrence,
} from '../../src/store/triggers/occurrence-row.ts';
import type { CronContext } from '../../src/triggers/cron/context.ts';
import { type CronRunner, startCronRunner } from '../../src/triggers/cron/runner.ts';
import type { TestTasks } from '../fixtures/tasks.ts';

export interface TriggerFields {
  readonly name?: string;
  readonly agent?: string | null;
  readonly title?: string;
  readonly description?: string | null;
  readonly cron?: string;
  readonly timezone?: string;
  readonly overlap?: 'skip' | 'queue' | 'allow';
  readonly misfire?: 'skip' | 'once' | 'all';
  readonly misfireWindowSeconds?: number;
  readonly checkUrl?: string | null;
  /** How long ago it was scanned last; its next moment is due since then. */
  readonly scannedMsAgo?: number;
  /** When it is due next, if not from the time it was scanned on; null: never. */
  readonly nextDueInMs?: number | null;
  readonly paused?: string | null;
}

/** A cron trigger put straight into the table; gives its id. */
export async function putTrigger(pool: pg.Pool, fields: TriggerFields = {}): Promise<string> {
  const id = newId('trigger');
  const { scannedMsAgo = 0, nextDueInMs = -scannedMsAgo } = fields;
  await pool.query(
    `insert into triggers (id, kind, name, origin, agent, title, description, priority, created_by, created_at, updated_at,
       cron, timezone, overlap, misfire, misfire_window_seconds, check_url, scanned_until, next_due_at, paused_at, pause_reason)
     values ($1, 'cron', $2, 'api', $3, $4, $5, 0, $6::jsonb, now(), now(), $7, $8, $9, $10, $11, $12,
       now() - $13::float8 * interval '1 millisecond', now() + $14::float8 * interval '1 millisecond',
       case when $15::text is not null then now() end, $15)`,
    [
      id,
      fields.name ?? id,
      fields.agent === undefined ? null : fields.agent,
      fields.title ?? 'Tick {{ scheduled_at }}',
      fields.description ?? null,
      JSON.stringify(SYSTEM),
      fields.cron ?? '0 0 1 1 *',
      fields.timezone ?? 'UTC',
      fields.overlap ?? 'allow',
      fields.misfire ?? 'once',
      fields.misfireWindowSeconds ?? 6 * 3_600,
      fields.checkUrl ?? null,
      scannedMsAgo,
      nextDueInMs,
      fields.paused ?? null,
    ],
  );
  return id;
}

/** An undecided occurrence put straight into the table, as a scan would. */
export async function putOccurrence(pool: pg.Pool, triggerId: string, secondsAgo = 1): Promise<Occurrence> {
  const { rows } = await pool.query<OccurrenceRow>(
    `insert into occurrences as o (id, trigger_id, due_at, kind, task_id, created_at)
     values ($1, $2, date_trunc('second', now()) - $3 * interval '1 second', 'schedule', $4, now())
     returning ${OCCURRENCE_COLUMNS}`,
    [newId('occurrence'), triggerId, secondsAgo, newId('task')],
  );
  const [row] = rows;
  if (!row) throw new Error('nothing was put');
  return toOccurrence(row);
}

/** A trigger's occurrences, oldest first. */
export async function occurrencesOf(pool: pg.Pool, triggerId: string): Promise<Occurrence[]> {
  const { rows } = await pool.query<OccurrenceRow>(
    `select ${OCCURRENCE_COLUMNS} from occurrences o where o.trigger_id = $1 order by o.due_at`,
    [triggerId],
  );
  return rows.map(toOccurrence);
}

export interface TriggeredRow {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly source: string;
  readonly status: string;
}

export async function tasksOf(pool: pg.Pool, triggerId: string): Promise<TriggeredRow[]> {
  const { rows } = await pool.query<TriggeredRow>(
    'select id, title, description, source, status from tasks where trigger_id = $1 order by created_at, id',
    [triggerId],
  );
  return rows;
}

/** Moves a tracked task to its end. */
export async function endTask(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(`update tasks set status = 'cancelled', finished_at = now() where id = $1`, [id]);
}

export interface Rig {
  readonly context: CronContext;
  /** A runner of its own, as each process has one. */
  runner(pollMs?: number): CronRunner;
}

/** Runners on one database; templates are filled in by name only, and a check answers as told. */
export function rig(app: TestTasks, calls: Partial<Pick<CronContext, 'check' | 'render'>> = {}): Rig {
  const log = createLog((process.env['ERRAND_TEST_LOG_LEVEL'] ?? 'silent') as 'silent');
  const context: CronContext = {
    pool: app.pool,
    tasks: app.tasks,
    pubsub: createInProcessPubSub(log),
    log,
    render: async (source, scope) =>
      source.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => String(scope[name] ?? '')),
    check: () => Promise.reject(new Error('no check was expected')),
    ...calls,
  };
  return {
    context,
    runner: (pollMs = 100) => startCronRunner({ context, ringAt: () => Promise.resolve(), pollMs }),
  };
}
