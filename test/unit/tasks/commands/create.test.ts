import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { type CreateTaskInput, createTaskSchema } from '../../../../src/tasks/commands/create.ts';
import { parseInput } from '../../../../src/tasks/fields.ts';

/** The issues with which an input is refused. */
function issuesOf(input: CreateTaskInput): unknown {
  try {
    parseInput(createTaskSchema, input);
  } catch (error) {
    return error;
  }
  throw new Error('the input was accepted');
}

test.for<[string, CreateTaskInput, string, RegExp]>([
  ['an empty title', { title: '' }, 'title', /empty/],
  ['a title of spaces', { title: ' \n\t' }, 'title', /empty/],
  ['a title too long', { title: 'x'.repeat(LIMITS.titleCharacters + 1) }, 'title', /500 characters/],
  ['a title with NUL', { title: 'a\u0000b' }, 'title', /control/],
  ['a title with an escape', { title: 'a\u001b[31m' }, 'title', /control/],
  ['a title with half a surrogate', { title: 'a\ud800' }, 'title', /surrogate/],
  ['a description too large', { title: 'a', description: 'é'.repeat(33_000) }, 'description', /64 KiB/],
  ['a priority out of range', { title: 'a', priority: 101 }, 'priority', /-100 to 100/],
  ['a priority that is no whole number', { title: 'a', priority: 0.5 }, 'priority', /whole number/],
  ['a parent that is no id', { title: 'a', parentId: 'abc' }, 'parentId', /no id/],
  ['a moment beyond the calendar', { title: 'a', notBefore: new Date(8e15) }, 'notBefore', /9999/],
])('%s is refused and says where', ([, input, field, message]) => {
  expect(issuesOf(input)).toMatchObject({
    code: 'VALIDATION',
    details: { issues: [{ path: [field], message: expect.stringMatching(message) }] },
  });
});

test('all problems are reported at once', () => {
  expect(issuesOf({ title: '', priority: 1000, description: '\u0001' })).toMatchObject({
    details: { issues: [{ path: ['title'] }, { path: ['description'] }, { path: ['priority'] }] },
  });
});
