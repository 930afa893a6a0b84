import { expect, test } from 'vitest';
import { waitOf } from '../../../src/rest/http/prefer.ts';
import { restApi } from '../../fixtures/rest-api.ts';

test('Prefer: wait answers as soon as the task is final, with Preference-Applied', async () => {
  await using api = await restApi({ work: true });
  const body = { title: 'Do it', agent: 'assistant' };
  const {
    status,
    headers,
    body: task,
  } = await api.send('POST', '/api/v1/tasks', {
    body,
    headers: { prefer: 'respond-async, wait=30', 'idempotency-key': 'waited' },
  });
  expect([status, headers.get('preference-applied')]).toEqual([201, 'wait=30']);
  expect(task).toMatchObject({ status: 'completed', result: { text: expect.stringMatching(/./) } });
  expect(Date.parse(headers.get('date') ?? '')).toBeLessThan(Date.parse(task.finished_at) + 2_000);

  const again = await api.send('POST', '/api/v1/tasks', {
    body,
    headers: { prefer: 'wait=30', 'idempotency-key': 'waited' },
  });
  expect([again.status, again.body.id], 'at once, as it is finished').toEqual([201, task.id]);

  const retried = await api.send('POST', `/api/v1/tasks/${task.id}/retry`, {
    headers: { prefer: 'wait=30' },
  });
  expect(retried.body).toMatchObject({ status: 'completed', retry_of: task.id });
});

test('a task that is not done in time is given as it is then', async () => {
  await using api = await restApi();
  const sinceMs = performance.now();
  const { status, headers, body } = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'Tracked' },
    headers: { prefer: 'wait=1' },
  });
  expect([status, body.status, headers.get('preference-applied')]).toEqual([201, 'pending', 'wait=1']);
  expect(performance.now() - sinceMs).toBeGreaterThan(950);
  const none = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'x' },
    headers: { prefer: 'wait=0' },
  });
  expect([none.status, none.headers.get('preference-applied')]).toEqual([201, 'wait=0']);
  for (const prefer of ['wait=-1', 'wait=soon', 'wait', 'wait=1.5']) {
    const made = await api.send('POST', '/api/v1/tasks', { body: { title: 'x' }, headers: { prefer } });
    expect([made.status, made.headers.get('preference-applied')], prefer).toEqual([201, null]);
  }
  const ignored = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'x' },
    headers: { prefer: 'return=minimal' },
  });
  expect([ignored.status, ignored.headers.get('preference-applied')]).toEqual([201, null]);
});

test('a client that goes away ends its wait, and a server that stops does not wait for waits', async () => {
  const api = await restApi();
  const cut = new AbortController();
  const waiting = api.send('POST', '/api/v1/tasks', {
    body: { title: 'Gone' },
    headers: { prefer: 'wait=60' },
    signal: cut.signal,
  });
  await expect.poll(async () => (await api.send('GET', '/api/v1/tasks?q=Gone')).body.data.length).toBe(1);
  cut.abort();
  await expect(waiting).rejects.toThrow();
  const other = api.send('POST', '/api/v1/tasks', {
    body: { title: 'Stopping' },
    headers: { prefer: 'wait=60' },
  });
  await expect.poll(async () => (await api.send('GET', '/api/v1/tasks?q=Stopping')).body.data.length).toBe(1);
  const sinceMs = performance.now();
  await api[Symbol.asyncDispose]();
  expect(performance.now() - sinceMs).toBeLessThan(10_000);
  expect((await other).body.status).toBe('pending');
});

test('a wait longer than a minute is one of a minute', () => {
  expect([waitOf('wait=61'), waitOf('respond-async, wait="999999"'), waitOf('wait=5; x')]).toEqual([
    60, 60, 5,
  ]);
});
