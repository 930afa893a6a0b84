import { expect, test } from 'vitest';
import {
  type CreateApiKeyInput,
  createApiKey,
  listApiKeys,
  revokeApiKey,
} from '../../../src/auth/commands/manage-keys.ts';
import { ACTIONS, may, ROLES, roleOfRun } from '../../../src/domain/permissions.ts';
import { callers, testKeys } from '../../fixtures/keys.ts';

/** Who may what, written a second time by hand: a change of the rights is read here as a diff. */
const TABLE = `
                viewer  agent  member  admin
  task.read     yes     yes    yes     yes
  task.create   no      yes    yes     yes
  task.move     no      yes    yes     yes
  task.answer   no      no     yes     yes
  task.cancel   no      no     yes     yes
  trigger.manage    no      no     yes     yes
  endpoint.manage   no      no     no      yes
  key.manage    no      no     no      yes
`;
const [roles = [], ...rows] = TABLE.trim()
  .split('\n')
  .map((row) => row.trim().split(/\s+/));

test('the table above names every role and every action', () => {
  expect(roles).toEqual(ROLES);
  expect(rows.map(([action]) => action)).toEqual(ACTIONS);
});

test.each(ACTIONS.flatMap((action) => ROLES.map((role) => ({ role, action }))))(
  'whether $role may $action is as the table says',
  ({ role, action }) => {
    const cell = rows.find(([name]) => name === action)?.[ROLES.indexOf(role) + 1];
    expect(may(role, action) ? 'yes' : 'no').toBe(cell);
  },
);

test('a background run has its key’s role, but an admin’s run is a member', () => {
  expect(ROLES.map(roleOfRun)).toEqual(['viewer', 'agent', 'member', 'member']);
});

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
