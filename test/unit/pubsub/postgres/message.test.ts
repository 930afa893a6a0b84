import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode, merge } from '../../../../src/pubsub/postgres/message.ts';

test('two hints in one name the union, and anything stays anything', () => {
  expect(merge<'work'>({ agents: ['a', 'b'] }, { agents: ['b', 'c'] })).toEqual({ agents: ['a', 'b', 'c'] });
  expect(merge<'work'>({ agents: [] }, { agents: ['c'] })).toEqual({ agents: [] });
  expect(merge<'work'>({ agents: ['a'] }, { agents: [] })).toEqual({ agents: [] });
  expect(merge<'log'>({}, {})).toEqual({});
});

test('whatever is merged and sent arrives: each name, or anything, in at most 7,000 bytes', () => {
  const names = fc.array(
    fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => text.isWellFormed()),
    {
      maxLength: 400,
      size: 'max',
    },
  );
  fc.assert(
    fc.property(names, names, (first, second) => {
      const text = encode('process', 'run', merge<'run'>({ taskIds: first }, { taskIds: second }));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(7_000);
      const message = decode(text);
      const arrived = message && 'taskIds' in message.payload ? message.payload.taskIds : ['nothing arrived'];
      if (arrived.length > 0) expect(new Set(arrived)).toEqual(new Set([...first, ...second]));
      else expect(first.length === 0 || second.length === 0 || first.length + second.length > 20).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('a long list is sent as anything', () => {
  const taskIds = Array.from({ length: 300 }, (_, index) => `task_${String(index).padStart(26, '0')}`);
  expect(decode(encode('process', 'run', { taskIds }))).toEqual({
    from: 'process',
    topic: 'run',
    payload: { taskIds: [] },
  });
});

test.each([
  ['no JSON', 'look!'],
  ['nothing', ''],
  ['another topic', JSON.stringify({ from: 'x', topic: 'weather', payload: {} })],
  ['a payload of another shape', JSON.stringify({ from: 'x', topic: 'work', payload: { agents: 'all' } })],
])('%s on our channel is passed over', (_, text) => {
  expect(decode(text)).toBeUndefined();
});
