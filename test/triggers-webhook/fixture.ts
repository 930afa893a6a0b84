import type pg from 'pg';
import { newId } from '../../src/core/ids.ts';
import { createLog } from '../../src/core/log.ts';
import { SYSTEM } from '../../src/domain/actor.ts';
import type { WebhookTrigger } from '../../src/domain/trigger.ts';
import { createInProcessPubSub } from '../../src/pubsub/in-process.ts';
import type { TriggerContext } from '../../src/triggers/context.ts';
import type { WebhookRequest } from '../../src/triggers/webhook/receive.ts';
import { testTasks } from '../fixtures/tasks.ts';

export type Wanted = Partial<
  Pick<
    WebhookTrigger,
    | 'name'
    | 'path'
    | 'verify'
    | 'verifyHeader'
    | 'secrets'
    | 'when'
    | 'title'
    | 'description'
    | 'agent'
    | 'dedupeSeconds'
  >
>;

/** Puts a live webhook trigger into the table; gives its id. */
export async function insertWebhook(pool: pg.Pool, wanted: Wanted = {}): Promise<string> {
  const id = newId('trigger');
  await pool.query(
    `insert into triggers (id, kind, name, origin, agent, title, description, created_by, path, verify, verify_header,
       secrets, "when", dedupe_seconds)
     values ($1, 'webhook', $2, 'api', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      id,
      wanted.name ?? wanted.path ?? 'hook',
      wanted.agent ?? null,
      wanted.title ?? 'From {{ trigger.name }}',
      wanted.description ?? null,
      JSON.stringify(SYSTEM),
      wanted.path ?? 'hook',
      wanted.verify ?? 'header',
      wanted.verifyHeader ?? null,
      wanted.secrets ?? [SECRET],
      wanted.when ?? null,
      wanted.dedupeSeconds ?? 60,
    ],
  );
  return id;
}

export const SECRET = 'a-shared-secret-of-the-tests';

export interface TestHooks extends AsyncDisposable {
  readonly context: TriggerContext;
  readonly pool: pg.Pool;
  readonly url: string;
}

/** Triggers and their deliveries on a database of their own. */
export async function testHooks(): Promise<TestHooks> {
  const { tasks, pool, url, ...rest } = await testTasks();
  const log = createLog('silent');
  const context: TriggerContext = { pool, tasks, pubsub: createInProcessPubSub(log), log };
  return { context, pool, url, [Symbol.asyncDispose]: rest[Symbol.asyncDispose] };
}

/** A request to the path `hook`, with the shared secret unless other headers are given. */
export function request(
  body: unknown,
  { path = 'hook', headers = { 'x-webhook-secret': SECRET } as Record<string, string>, query = {} } = {},
): WebhookRequest {
  const isText = typeof body === 'string';
  const rawBody = Buffer.isBuffer(body) ? body : Buffer.from(isText ? body : JSON.stringify(body));
  return { path, headers: { 'content-type': 'application/json', ...headers }, rawBody, query };
}

export interface DeliveryRow {
  id: string;
  verdict: string;
  reason: string | null;
  headers: Record<string, string>;
  query: Record<string, string>;
  body: Buffer;
  key: string | null;
  task_id: string;
  duplicate_of: string | null;
  redelivery_of: string | null;
  attempts: number;
}

export async function deliveries(pool: pg.Pool): Promise<DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>('select * from deliveries order by created_at, id');
  return rows;
}

export interface TaskRow {
  id: string;
  title: string;
  description: string | null;
  source: string;
  trigger_id: string;
  created_by: { kind: string; id: string };
}

export async function tasksOf(pool: pg.Pool): Promise<TaskRow[]> {
  const { rows } = await pool.query<TaskRow>('select * from tasks order by created_at, id');
  return rows;
}
