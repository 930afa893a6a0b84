import { expect, test } from 'vitest';
import { testDatabase } from '../../fixtures/database.ts';
import { restApi } from '../../fixtures/rest-api.ts';

const LIMITED = { ERRAND_RATE_LIMIT_PER_MINUTE: '10' };

test('the rate limit of a key is shared by all instances, and each answer has the remaining number', async () => {
  const { url: databaseUrl } = await testDatabase();
  await using first = await restApi({ databaseUrl, environment: LIMITED });
  await using second = await restApi({ databaseUrl, environment: LIMITED });
  const statuses: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    const { status, headers, body } = await (n % 2 === 0 ? first : second).send('GET', '/api/v1/agents');
    statuses.push(status);
    expect(headers.get('ratelimit-policy')).toBe('"key";q=10;w=60');
    const [, remaining, seconds] = /^"key";r=(\d+);t=(\d+)$/.exec(headers.get('ratelimit') ?? '') ?? [];
    expect(Number(remaining)).toBe(Math.max(0, 9 - n));
    expect(Number(seconds)).toBeLessThanOrEqual(60);
    if (status !== 429) continue;
    expect(body.code).toBe('RATE_LIMITED');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
  const secret = await first.keyOf('VIEWER');
  expect((await second.send('GET', '/api/v1/agents', { key: secret })).status, 'another key').toBe(200);
  expect((await second.send('GET', '/api/v1/openapi.json')).status, 'what needs no key').toBe(200);
});

test('an unverified caller who knows the path cannot use up the rate limit of a webhook', async () => {
  await using api = await restApi({ environment: { ERRAND_RATE_LIMIT_PER_MINUTE: '5' } });
  const secret = 'a-secret-of-the-sender';
  await api.send('POST', '/api/v1/triggers', {
    body: {
      kind: 'webhook',
      name: 'closed',
      path: 'closed',
      verify: 'header',
      secret,
      title: 'x',
      dedupe_seconds: 0,
    },
  });
  const call = (given: string) =>
    api.send('POST', '/webhooks/closed', {
      raw: '{}',
      key: null,
      headers: { 'content-type': 'application/json', 'x-webhook-secret': given },
    });
  for (let n = 0; n < 8; n += 1) expect((await call('a-guess-of-a-stranger')).status).toBe(401);
  for (let n = 0; n < 5; n += 1) expect((await call(secret)).status).toBe(202);
  expect((await call(secret)).status).toBe(429);
});

test('a webhook has one rate limit for all senders; calls of an unknown path are not counted', async () => {
  await using api = await restApi({ environment: { ERRAND_RATE_LIMIT_PER_MINUTE: '5' } });
  await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'webhook', name: 'open', path: 'open', verify: 'none', title: 'x', dedupe_seconds: 0 },
  });
  const call = (path: string) =>
    api.send('POST', `/webhooks/${path}`, {
      raw: '{}',
      key: null,
      headers: { 'content-type': 'application/json' },
    });
  const statuses: number[] = [];
  for (let n = 0; n < 6; n += 1) statuses.push((await call('open')).status);
  expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
  for (let n = 0; n < 8; n += 1) expect((await call('nothing')).status).toBe(404);
});
