import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  createApiKey,
  createKeyFromCli,
  listApiKeys,
  revokeApiKey,
} from '../../../src/auth/commands/manage-keys.ts';
import { hashSecret } from '../../../src/auth/secret.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { callers, type TestKeys, testKeys } from '../../fixtures/keys.ts';

const LOST_WITHIN = { timeout: 5_000, interval: 20 };

test('a caller has the name, kind, role and sources of its key', async () => {
  await using setup = await testKeys();
  const { apiKey, secret } = await createApiKey(setup.keys, callers.admin, {
    name: ' Build server ',
    role: 'agent',
    kind: 'service',
    sources: ['api', 'api'],
  });
  expect(secret).toMatch(/^errand_[A-Za-z0-9_-]{43}$/);
  expect(await setup.auth.authenticate(`Bearer ${secret}`)).toEqual({
    actor: { kind: 'service', id: apiKey.id, name: 'Build server' },
    role: 'agent',
    keyId: apiKey.id,
    sources: ['api'],
    run: null,
  });
});

test('a key is at rest as its hash, and its secret is nowhere in the database', async () => {
  await using setup = await testKeys();
  const { apiKey, secret } = await createApiKey(setup.keys, callers.admin, { name: 'one', role: 'member' });
  const { rows } = await setup.pool.query('select row_to_json(k)::text as line, secret_hash from api_keys k');
  expect(rows).toHaveLength(1);
  expect(rows[0].line).not.toContain(secret.slice('errand_'.length));
  expect(rows[0].secret_hash).toBe(hashSecret(secret));
  const shown = JSON.stringify([apiKey, await listApiKeys(setup.keys, callers.admin)]);
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain(hashSecret(secret));
});

// One for all that is refused: nothing of it is ever written.
let shared: TestKeys;
beforeAll(async () => {
  shared = await testKeys();
});
afterAll(() => shared[Symbol.asyncDispose]());

const stranger = `errand_${randomBytes(32).toString('base64url')}`;
test.each([
  ['nothing', undefined],
  ['an empty header', ''],
  ['a key without Bearer', stranger],
  ['another scheme', 'Basic YTpi'],
  ['Bearer alone', 'Bearer '],
  ['an unknown key', `Bearer ${stranger}`],
  ['two keys', `Bearer ${stranger} ${stranger}`],
  ['a very long key', `Bearer ${'x'.repeat(100_000)}`],
  ['a key with NUL', 'Bearer errand_\u0000'],
])('%s is told UNAUTHENTICATED, without the key', async (_, authorization) => {
  const error = await shared.auth.authenticate(authorization).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'OperationError', code: 'UNAUTHENTICATED' });
  expect(String(error)).toMatch(/API key/);
  expect(String(error)).not.toContain(stranger);
});

test('an expired key opens nothing, on the database’s clock', async () => {
  await using setup = await testKeys();
  const { apiKey, secret } = await createApiKey(setup.keys, callers.admin, {
    name: 'soon over',
    role: 'viewer',
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  await setup.auth.authenticate(`Bearer ${secret}`);
  await setup.pool.query("update api_keys set expires_at = now() + interval '400 ms' where id = $1", [
    apiKey.id,
  ]);
  setup.keys.pubsub.publish('keys', { keyIds: [apiKey.id] });
  await setup.auth.authenticate(`Bearer ${secret}`);
  await vi.waitFor(
    () => expect(setup.auth.authenticate(`Bearer ${secret}`)).rejects.toThrow('This API key has expired.'),
    LOST_WITHIN,
  );
  await expect(setup.auth.callerForKey(apiKey.id)).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: 'The API key that this task acts for has expired.',
  });
});

test('a revoked key opens nothing from the moment the hint comes', async () => {
  await using setup = await testKeys();
  const { apiKey, secret } = await createApiKey(setup.keys, callers.admin, { name: 'one', role: 'member' });
  await setup.auth.authenticate(`Bearer ${secret}`);
  await setup.auth.callerForKey(apiKey.id);
  await revokeApiKey(setup.keys, callers.admin, { id: apiKey.id });
  await expect(setup.auth.authenticate(`Bearer ${secret}`)).rejects.toThrow('This API key was revoked.');
  await expect(setup.auth.callerForKey(apiKey.id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('with the hint lost, a revoked key and its streams end within 5 s all the same', async () => {
  await using setup = await testKeys();
  await using deaf = await testKeys({ url: setup.url, deaf: true });
  const { apiKey, secret } = await createApiKey(setup.keys, callers.admin, { name: 'one', role: 'member' });
  const caller = await deaf.auth.authenticate(`Bearer ${secret}`);
  const ends: string[] = [];
  deaf.auth.watch(caller, (end) => ends.push(end));
  await revokeApiKey(setup.keys, callers.admin, { id: apiKey.id });
  // It was remembered: this is what the 5 s are about.
  await deaf.auth.authenticate(`Bearer ${secret}`);
  await Promise.all([
    vi.waitFor(() => expect(ends).toEqual(['revoked']), LOST_WITHIN),
    vi.waitFor(
      () => expect(deaf.auth.authenticate(`Bearer ${secret}`)).rejects.toThrow('was revoked'),
      LOST_WITHIN,
    ),
    vi.waitFor(
      () => expect(deaf.auth.callerForKey(apiKey.id)).rejects.toMatchObject({ code: 'FORBIDDEN' }),
      LOST_WITHIN,
    ),
  ]);
});

test('live streams end at once when the hint comes, once each, and not those that stopped or have another key', async () => {
  await using setup = await testKeys();
  const one = await createApiKey(setup.keys, callers.admin, { name: 'one', role: 'viewer' });
  const other = await createApiKey(setup.keys, callers.admin, { name: 'other', role: 'viewer' });
  const caller = await setup.auth.authenticate(`Bearer ${one.secret}`);
  const ends: string[] = [];
  setup.auth.watch(caller, (end) => ends.push(`first ${end}`));
  setup.auth.watch(caller, () => {
    throw new Error('a stream of the test');
  });
  setup.auth.watch(caller, (end) => ends.push(`second ${end}`));
  setup.auth.watch(caller, () => ends.push('stopped'))();
  setup.auth.watch(await setup.auth.authenticate(`Bearer ${other.secret}`), () => ends.push('other'));
  setup.auth.watch(callers.admin, () => ends.push('system'));
  const revokedMs = performance.now();
  await revokeApiKey(setup.keys, callers.admin, { id: one.apiKey.id });
  await vi.waitFor(() => expect(ends).toEqual(['first revoked', 'second revoked']), LOST_WITHIN);
  expect(performance.now() - revokedMs).toBeLessThan(1_000);
  await revokeApiKey(setup.keys, callers.admin, { id: one.apiKey.id });
  await revokeApiKey(setup.keys, callers.admin, { id: other.apiKey.id });
  await vi.waitFor(() => expect(ends).toEqual(['first revoked', 'second revoked', 'other']), LOST_WITHIN);
});

test('the streams of a key that expires end within 5 s, also while the database is away', async () => {
  await using setup = await testKeys();
  const { secret } = await createApiKey(setup.keys, callers.admin, {
    name: 'soon over',
    role: 'viewer',
    expiresAt: new Date(Date.now() + 2_500),
  });
  const caller = await setup.auth.authenticate(`Bearer ${secret}`);
  const ended = new Promise<string>((resolve) => setup.auth.watch(caller, resolve));
  setup.keys.pubsub.publish('keys', { keyIds: [] });
  const startedMs = performance.now();
  // The check that this hint began has read the key; then nothing answers any more.
  await eventually(async () => {
    const { rows } = await setup.pool.query('select 1');
    expect(rows).toHaveLength(1);
  });
  await new Promise<void>((resolve) => setImmediate(resolve));
  await setup.pool.end();
  expect(await ended).toBe('expired');
  expect(performance.now() - startedMs).toBeLessThan(7_500);
});

test('during a database outage a new caller gets UNAVAILABLE, not an invalid key', async () => {
  await using setup = await testKeys();
  await setup.pool.end();
  await expect(setup.auth.authenticate(`Bearer ${stranger}`)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(setup.auth.callerForKey('key_x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('500 calls with the same key at once ask the database once', async () => {
  await using setup = await testKeys();
  const { secret } = await createApiKey(setup.keys, callers.admin, { name: 'busy', role: 'member' });
  const query = vi.spyOn(setup.keys.prisma, '$queryRaw');
  await Promise.all(Array.from({ length: 500 }, () => setup.auth.authenticate(`Bearer ${secret}`)));
  await setup.auth.authenticate(`Bearer ${secret}`);
  expect(query).toHaveBeenCalledTimes(1);
});

test('a background run of an admin’s task acts as a member; that of an unknown key has no permissions', async () => {
  await using setup = await testKeys();
  const { apiKey } = await createKeyFromCli(setup.keys, { name: 'boss', role: 'admin' });
  expect(apiKey.createdBy).toEqual({ kind: 'system', id: 'command-line', name: 'errand key create' });
  expect(await setup.auth.callerForKey(apiKey.id)).toMatchObject({ role: 'member', keyId: apiKey.id });
  await expect(setup.auth.callerForKey('key_x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
