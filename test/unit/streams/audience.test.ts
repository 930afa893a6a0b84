import { expect, test } from 'vitest';
import { audienceOfRole } from '../../../src/streams/audience.ts';

test('a role without the permission to read is no audience', () => {
  expect(() => audienceOfRole({ role: 'viewer' }, 'key.manage')).toThrow('lacks the permission key.manage');
});

test('callers of one role are one audience, and its reader has the role but is no person', () => {
  const viewers = audienceOfRole({ role: 'viewer' }, 'task.read');
  expect(audienceOfRole({ role: 'viewer' }, 'task.read')).toEqual(viewers);
  expect(audienceOfRole({ role: 'member' }, 'task.read').key).not.toBe(viewers.key);
  expect(viewers.reader).toMatchObject({ role: 'viewer', keyId: null, actor: { kind: 'system' } });
});
