import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeRequest } from '../../../src/store/requests.ts';
import { testPool } from '../../fixtures/pool.ts';
import { type RestApi, restApi } from '../../fixtures/rest-api.ts';

let api: RestApi;
let pool: pg.Pool;
beforeAll(async () => {
  api = await restApi();
  pool = testPool({ connectionString: api.app.databaseUrl, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await api[Symbol.asyncDispose]();
});

const idempotent = (key: string) => ({ 'idempotency-key': key });

test('the same key 50 times in parallel creates one task, and every caller gets it with 201', async () => {
  const send = () =>
    api.send('POST', '/api/v1/tasks', { body: { title: 'Once' }, headers: idempotent('fifty') });
  const answers = await Promise.all(Array.from({ length: 50 }, send));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  const replayed = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
  expect(replayed, 'one made it, and the others say that they did not').toHaveLength(49);
  const { rows } = await pool.query("select count(*)::int as count from tasks where title = 'Once'");
  expect(rows[0].count).toBe(1);
});

test('the same key with another body is refused, but an equal body in another form is accepted', async () => {
  const headers = idempotent('same');
  const { body } = await api.send('POST', '/api/v1/tasks', { body: { title: 'A', priority: 1 }, headers });
  const other = await api.send('POST', '/api/v1/tasks', { body: { title: 'A', priority: 2 }, headers });
  expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  const same = await api.send('POST', '/api/v1/tasks', { body: { priority: 1, title: 'A' }, headers });
  expect([same.status, same.body.id]).toEqual([201, body.id]);
  const quoted = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'A', priority: 1 },
    headers: idempotent('"same"'),
  });
  expect(quoted.body.id, 'a structured string names the same key').toBe(body.id);
  const member = await api.keyOf('MEMBER');
  const others = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'A', priority: 2 },
    headers,
    key: member,
  });
  expect(others.status, 'a key of somebody else').toBe(201);
});

test('every other POST is done once, too: a cancellation that is sent again is no second one', async () => {
  const { id } = await api.createTask();
  const send = (reason: string) =>
    api.send('POST', `/api/v1/tasks/${id}/cancel`, { body: { reason }, headers: idempotent('cancel') });
  const first = await send('one');
  expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([200, null]);
  const again = await send('one');
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  expect(again.body).toEqual(first.body);
  expect((await send('two')).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  const other = await api.createTask();
  const elsewhere = await api.send('POST', `/api/v1/tasks/${other.id}/cancel`, {
    headers: idempotent('cancel'),
  });
  expect(elsewhere.body.id, 'the key of another operation').toBe(other.id);
});

test('of parallel requests one is executed and the others are asked to retry; afterwards all get the same reply', async () => {
  const body = { kind: 'webhook', name: 'parallel', path: 'parallel', title: 'x' };
  const send = () => api.send('POST', '/api/v1/triggers', { body, headers: idempotent('parallel') });
  const answers = await Promise.all(Array.from({ length: 20 }, send));
  const done = answers.filter(({ status }) => status === 201);
  const waiting = answers.filter(({ status }) => status === 409);
  expect(done.length + waiting.length).toBe(20);
  expect(new Set(done.map(({ body: { id } }) => id)).size).toBe(1);
  for (const { body: problem, headers } of waiting) {
    expect([problem.code, headers.get('retry-after')]).toEqual(['IDEMPOTENCY_KEY_IN_FLIGHT', '1']);
  }
  expect(
    done.filter(({ body: { secret } }) => secret !== null),
    'the secret is shown once',
  ).toHaveLength(1);
  const again = await send();
  expect([again.status, again.body.id, again.body.secret]).toEqual([201, done[0]?.body.id, null]);
});

test('a request that was refused leaves its key free', async () => {
  const { id } = await api.createTask();
  const headers = idempotent('refused');
  const refused = await api.send('POST', `/api/v1/tasks/${id}/input`, { body: { answer: 1 }, headers });
  expect(refused.status).toBe(409);
  const again = await api.send('POST', `/api/v1/tasks/${id}/input`, { body: { answer: 2 }, headers });
  expect(again.body.code, 'another body is not told of the first').toBe('NOT_WAITING');
});

test('a request whose process crashed gets 409 for a minute, and is then executed by the next request', async () => {
  const { id, created_by } = await api.createTask();
  const headers = idempotent('crash');
  const send = () => api.send('POST', `/api/v1/tasks/${id}/cancel`, { headers });
  await send();
  // As if the process had died between taking the key and doing anything.
  const operation = `cancelTask ${id}`;
  const age = (interval: string) =>
    pool.query(
      `update idempotency_keys set reply = null, created_at = now() - interval '${interval}'
       where actor_id = $1 and operation = $2`,
      [created_by.id, operation],
    );
  expect((await age('59 seconds')).rowCount).toBe(1);
  expect((await send()).body.code).toBe('IDEMPOTENCY_KEY_IN_FLIGHT');
  await age('61 seconds');
  const { rows } = await pool.query('select body_hash from idempotency_keys where operation = $1', [
    operation,
  ]);
  const request = { actorId: created_by.id, key: 'crash', operation, bodyHash: rows[0].body_hash };
  const takers = await Promise.all(Array.from({ length: 10 }, () => takeRequest(pool, request)));
  expect(
    takers.filter(({ kind }) => kind === 'taken'),
    'of many who ask one takes it over',
  ).toHaveLength(1);
  await age('61 seconds');
  const done = await send();
  expect(done.body.code, 'it was cancelled before, and this is no repetition').toBe('ILLEGAL_TRANSITION');
});

test('a key of 24 hours ago is forgotten', async () => {
  const headers = idempotent('yesterday');
  const first = await api.send('POST', '/api/v1/tasks', { body: { title: 'A' }, headers });
  await pool.query(
    "update idempotency_keys set created_at = now() - interval '25 hours' where key = 'yesterday'",
  );
  const next = await api.send('POST', '/api/v1/tasks', { body: { title: 'B' }, headers });
  expect([next.status, next.body.id === first.body.id]).toEqual([201, false]);
});

test.each(['', ' ', 'x'.repeat(256), 'schlüssel', '"open'])('the key "%s" is none', async (key) => {
  const raw = new Headers();
  try {
    raw.set('idempotency-key', key);
  } catch {
    return;
  }
  const { status, body } = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'x' },
    headers: idempotent(key),
  });
  if (key === '"open') expect(status, 'a quote is a character like any other').toBe(201);
  else expect([status, body.errors?.[0]?.parameter]).toEqual([422, 'Idempotency-Key']);
});
