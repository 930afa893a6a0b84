import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { testDatabase } from '../../fixtures/database.ts';
import { EventReader, restApi } from '../../fixtures/rest-api.ts';
import { tcpProxy } from '../../fixtures/tcp-proxy.ts';

test('during a database outage requests get 503 with Retry-After, and streams continue after it', async () => {
  const database = await testDatabase();
  await using proxy = await tcpProxy(database.url);
  await using api = await restApi({
    databaseUrl: proxy.url,
    environment: { ERRAND_RATE_LIMIT_PER_MINUTE: '1000' },
  });
  const { id } = await api.createTask();
  await using stream = new EventReader(`${api.app.url}/api/v1/tasks/${id}/events`, {
    authorization: `Bearer ${api.app.key}`,
  });
  await expect.poll(() => stream.types).toEqual(['task.created']);

  proxy.refuse();
  for (const [method, path, body] of [
    ['GET', '/api/v1/tasks', undefined],
    ['POST', '/api/v1/tasks', { title: 'x' }],
    ['PATCH', `/api/v1/tasks/${id}`, { title: 'x' }],
    ['GET', '/api/v1/triggers', undefined],
    ['POST', `/api/v1/tasks/${id}/cancel`, {}],
  ] as const) {
    const answer = await api.send(method, path, {
      ...(body && { body }),
      headers: { 'idempotency-key': 'outage' },
    });
    expect([answer.status, answer.body.code], `${method} ${path}`).toEqual([503, 'UNAVAILABLE']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const webhook = await api.send('POST', '/webhooks/any', {
    raw: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect([webhook.status, webhook.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect((await api.send('GET', '/api/v1/openapi.json')).status).toBe(200);

  proxy.mend();
  await expect
    .poll(async () => (await api.send('PATCH', `/api/v1/tasks/${id}`, { body: { title: 'back' } })).status, {
      timeout: 15_000,
    })
    .toBe(200);
  await expect.poll(() => stream.types.includes('task.updated'), { timeout: 15_000 }).toBe(true);
});

test('a Host or an address that cannot be read is a problem like any other', async () => {
  await using api = await restApi();
  for (const lines of [
    'GET /api/v1/agents HTTP/1.1\r\nHost: bad host',
    'GET /api/v1/agents HTTP/1.1\r\nHost: a/b',
    'GET http://[bad/api/v1/agents HTTP/1.1\r\nHost: x',
  ]) {
    const socket = connect(Number(new URL(api.app.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(`${lines}\r\nConnection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(answer, lines).toMatch(/^HTTP\/1\.1 4\d\d /);
    if (lines.includes('/api/v1/agents HTTP/1.1\r\nHost: bad')) expect(answer).toContain('MALFORMED_REQUEST');
  }
});
