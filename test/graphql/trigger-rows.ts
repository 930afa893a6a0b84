import type pg from 'pg';
import { newId } from '../../src/core/ids.ts';
import { SYSTEM } from '../../src/domain/actor.ts';

/** What a row has in its columns, besides what every one has. */
type Columns = Readonly<Record<string, unknown>>;

const MOMENT = '2026-11-25T12:00:00.000Z';

/** Each row a millisecond after the one before, unless it says when. */
function nextMoment(n: number): string {
  return new Date(Date.parse(MOMENT) + n).toISOString();
}

let rows = 0;

async function insert(pool: pg.Pool, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const row = JSON.stringify(columns);
  // By way of JSON, so that every column takes its own type.
  await pool.query(
    `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')})
     select ${names.map((name) => `r."${name}"`).join(', ')} from jsonb_populate_record(null::${table}, $1) r`,
    [row],
  );
}

/** Whatever is secret in these rows begins so. */
export const SECRET = 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0';

/** A cron trigger, at 02:00 on working days. */
export async function cronTrigger(pool: pg.Pool, columns: Columns = {}): Promise<string> {
  const id = newId('trigger');
  rows += 1;
  await insert(pool, 'triggers', {
    id,
    kind: 'cron',
    name: `schedule ${rows}`,
    origin: 'api',
    agent: 'assistant',
    title: 'Nightly report',
    priority: 0,
    created_by: SYSTEM,
    created_at: nextMoment(rows),
    updated_at: nextMoment(rows),
    cron: '0 2 * * mon-fri',
    timezone: 'Europe/Berlin',
    overlap: 'skip',
    misfire: 'once',
    misfire_window_seconds: 21_600,
    scanned_until: MOMENT,
    next_due_at: '2026-11-26T01:00:00.000Z',
    ...columns,
  });
  return id;
}

/** A webhook trigger with two secrets. */
export async function webhookTrigger(pool: pg.Pool, columns: Columns = {}): Promise<string> {
  const id = newId('trigger');
  rows += 1;
  await insert(pool, 'triggers', {
    id,
    kind: 'webhook',
    name: `webhook ${rows}`,
    origin: 'api',
    title: 'Review {{ body.title }}',
    priority: 0,
    created_by: SYSTEM,
    created_at: nextMoment(rows),
    updated_at: nextMoment(rows),
    path: `hook-${rows}`,
    verify: 'standard',
    secrets: [`${SECRET}a`, `${SECRET}b`],
    dedupe_seconds: 60,
    ...columns,
  });
  return id;
}

export async function occurrence(pool: pg.Pool, triggerId: string, columns: Columns = {}): Promise<string> {
  const id = newId('occurrence');
  rows += 1;
  await insert(pool, 'occurrences', {
    id,
    trigger_id: triggerId,
    due_at: nextMoment(rows),
    kind: 'schedule',
    task_id: newId('task'),
    outcome: 'skipped',
    reason: 'overlap',
    created_at: nextMoment(rows),
    decided_at: nextMoment(rows),
    ...columns,
  });
  return id;
}

/** PostgreSQL's text form of bytes. */
const bytes = (body: string | Uint8Array): string => `\\x${Buffer.from(body).toString('hex')}`;

export async function incoming(
  pool: pg.Pool,
  triggerId: string,
  { body = '{"title":"x"}', ...columns }: Columns & { readonly body?: string | Uint8Array } = {},
): Promise<string> {
  const id = newId('delivery');
  rows += 1;
  await insert(pool, 'deliveries', {
    id,
    direction: 'in',
    trigger_id: triggerId,
    key: `sender-${rows}`,
    body_hash: 'ab'.repeat(32),
    verdict: 'filtered',
    headers: { 'content-type': 'application/json', authorization: '[redacted]' },
    body: bytes(body),
    task_id: newId('task'),
    created_at: nextMoment(rows),
    decided_at: nextMoment(rows),
    attempts: 0,
    ...columns,
  });
  return id;
}

export async function endpoint(pool: pg.Pool, columns: Columns = {}): Promise<string> {
  const id = newId('endpoint');
  rows += 1;
  await insert(pool, 'webhook_endpoints', {
    id,
    url: 'https://hooks.example.com/services/T0/B0/a-capability',
    statuses: ['completed', 'failed'],
    agents: ['assistant'],
    sources: ['webhook'],
    secrets: [`${SECRET}c`],
    created_by: SYSTEM,
    created_at: nextMoment(rows),
    updated_at: nextMoment(rows),
    ...columns,
  });
  return id;
}

/** An outgoing delivery with as many tries. */
export async function outgoing(
  pool: pg.Pool,
  of: { readonly endpointId: string; readonly taskId: string; readonly tries?: number },
  columns: Columns = {},
): Promise<string> {
  const id = newId('delivery');
  const { endpointId, taskId, tries = 0 } = of;
  rows += 1;
  await insert(pool, 'deliveries', {
    id,
    direction: 'out',
    endpoint_id: endpointId,
    key: newId('event'),
    verdict: 'pending',
    headers: { 'content-type': 'application/json' },
    body: bytes('{"type":"task.completed"}'),
    task_id: taskId,
    created_at: nextMoment(rows),
    attempts: tries,
    next_attempt_at: '2026-11-26T01:00:00.000Z',
    ...columns,
  });
  for (let number = 1; number <= tries; number += 1) {
    await insert(pool, 'delivery_attempts', {
      delivery_id: id,
      number,
      at: nextMoment(rows),
      duration_ms: 12,
      status: 503,
      error: 'status: 503',
      response: 'busy',
    });
  }
  return id;
}

/** Says of a task that a trigger made it. */
export async function madeBy(pool: pg.Pool, triggerId: string, taskId: string): Promise<void> {
  await pool.query('update tasks set trigger_id = $1 where id = $2', [triggerId, taskId]);
}
