import { expect, test } from 'vitest';
import { ACTIONS, may, ROLES, roleOfRun, roleText } from '../../../src/domain/permissions.ts';

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

test('the text of each role names what it adds to the one before', () => {
  expect(roleText('viewer')).toMatch(/^Reads/);
  expect(roleText('agent')).toMatch(/^Also creates/);
  expect(roleText('member')).toContain('triggers');
  expect(roleText('admin')).toContain('webhook endpoints');
  expect(roleText('admin')).toContain('API keys');
});
