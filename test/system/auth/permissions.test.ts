import { expect, test } from 'vitest';
import {
  type CreateApiKeyInput,
  createApiKey,
  listApiKeys,
  revokeApiKey,
} from '../../../src/auth/commands/manage-keys.ts';
import { callers, testKeys } from '../../fixtures/keys.ts';

test('only an admin makes, lists and revokes keys', async () => {
  await using setup = await testKeys();
  const input: CreateApiKeyInput = { name: 'a key', role: 'viewer' };
  for (const role of ['viewer', 'agent', 'member'] as const) {
    const caller = callers[role];
    await expect(createApiKey(setup.keys, caller, input)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(listApiKeys(setup.keys, caller)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(revokeApiKey(setup.keys, caller, { id: 'key_x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  }
  const { apiKey } = await createApiKey(setup.keys, callers.admin, input);
  expect(await listApiKeys(setup.keys, callers.admin)).toEqual([apiKey]);
});
