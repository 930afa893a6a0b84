import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CreateApiKeyInput,
  createApiKey,
  revokeApiKey,
} from '../../../src/auth/commands/manage-keys.ts';
import { newId } from '../../../src/core/ids.ts';
import { callers, type TestKeys, testKeys } from '../../fixtures/keys.ts';

// One for all that is refused: nothing of it is ever written.
let shared: TestKeys;
beforeAll(async () => {
  shared = await testKeys();
});
afterAll(() => shared[Symbol.asyncDispose]());

const good = { name: 'a key', role: 'member' } as const;
const wrong: [string, object, (string | number)[]][] = [
  ['an empty name', { name: '  ' }, ['name']],
  ['a name that is too long', { name: 'x'.repeat(101) }, ['name']],
  ['a name with NUL', { name: 'a\u0000b' }, ['name']],
  ['half a surrogate in the name', { name: 'a\ud800' }, ['name']],
  ['an unknown role', { role: 'root' }, ['role']],
  ['an unknown kind', { kind: 'robot' }, ['kind']],
  ['no source', { sources: [] }, ['sources']],
  ['a source of the system', { sources: ['api', 'cron'] }, ['sources', 1]],
  ['an expiry in the past', { expiresAt: new Date(Date.now() - 1_000) }, ['expiresAt']],
  ['an expiry that is no moment', { expiresAt: new Date(Number.NaN) }, ['expiresAt']],
  ['an expiry after the year 9999', { expiresAt: new Date(8.6e15) }, ['expiresAt']],
];

test.each(wrong)('a key with %s is refused, with the path of the problem', async (_, change, path) => {
  const input = { ...good, ...change } as CreateApiKeyInput;
  await expect(createApiKey(shared.keys, callers.admin, input)).rejects.toMatchObject({
    code: 'VALIDATION',
    details: { issues: [{ path }] },
  });
});

test('revoking twice returns the same result; an unknown id is NOT_FOUND', async () => {
  await using setup = await testKeys();
  const { apiKey } = await createApiKey(setup.keys, callers.admin, good);
  const first = await revokeApiKey(setup.keys, callers.admin, { id: apiKey.id });
  expect(first.revokedAt).toBeInstanceOf(Date);
  expect(await revokeApiKey(setup.keys, callers.admin, { id: apiKey.id })).toEqual(first);
  for (const id of [newId('apiKey'), newId('task'), '', 'key_\u0000', 'x'.repeat(1_000)]) {
    await expect(revokeApiKey(setup.keys, callers.admin, { id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
});

test('the last admin key that lives cannot be revoked, also not when two go at once', async () => {
  await using setup = await testKeys();
  const admin = { name: 'admin', role: 'admin' } as const;
  const ids = [];
  for (let count = 0; count < 4; count += 1) {
    ids.push((await createApiKey(setup.keys, callers.admin, admin)).apiKey.id);
  }
  const outcomes = await Promise.allSettled(ids.map((id) => revokeApiKey(setup.keys, callers.admin, { id })));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(refused[0]?.reason).toMatchObject({
    code: 'VALIDATION',
    message: expect.stringContaining('the last active admin key'),
  });
});
