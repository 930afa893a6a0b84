import { expect, test } from 'vitest';
import type { OperationError } from '../../../src/core/errors.ts';
import { createLog } from '../../../src/core/log.ts';
import type { TaskEvent } from '../../../src/domain/events.ts';
import type { EventFilter } from '../../../src/domain/filters.ts';
import type { Caller, Role } from '../../../src/domain/permissions.ts';
import type { Renderer } from '../../../src/streams/render.ts';
import { taskEventsSource } from '../../../src/streams/sources/task-events.ts';
import { createStreams } from '../../../src/streams/streams.ts';
import type { Subscriber } from '../../../src/streams/subscriber.ts';
import { MemoryLog } from '../../fixtures/memory-log.ts';

const callerOf = (role: Role): Caller => ({
  actor: { kind: 'person', id: 'key', name: role },
  role,
  keyId: null,
  sources: [],
  run: null,
});

type Result = number | OperationError;

function streamsOver(log: MemoryLog) {
  const ends = new Set<(reason: string) => void>();
  const streams = createStreams({
    watchKey: (_caller, onEnd) => {
      ends.add(onEnd);
      return () => ends.delete(onEnd);
    },
    log: createLog('silent'),
  });
  const renderer: Renderer<TaskEvent, Result> = {
    render: async (items) =>
      items.map(({ position }) => ({ position, result: Number(position), characters: 1 })),
  };
  const open = async ({
    after = '0',
    filter = {},
    role = 'member',
  }: {
    after?: string | null;
    filter?: EventFilter;
    role?: Role;
  } = {}): Promise<Subscriber<Result>> =>
    streams.open<Result>({
      source: await taskEventsSource(log.asEventLog, callerOf(role), { after, filter }),
      caller: callerOf(role),
      form: 'test',
      rendererFor: () => renderer as Renderer<unknown, Result>,
      lastOf: (error) => error as OperationError,
      cutOff: () => undefined,
    });
  return { streams, open, ends };
}

/** All that comes until `count` results are there, or the stream is over. */
async function read(subscriber: Subscriber<Result>, count: number): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < count) {
    const { value, done } = await subscriber.next();
    if (done) break;
    results.push(value);
  }
  return results;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

test('missed items are read and live items are pushed, once each and in order, and then the log is not read any more', async () => {
  const log = new MemoryLog();
  log.append(450);
  const { open } = streamsOver(log);
  const subscriber = await open();
  const seen: Result[] = [];
  while (seen.length < 1_000) {
    seen.push(...(await read(subscriber, 50)));
    if (log.events.length < 1_000) log.append(Math.min(110, 1_000 - log.events.length));
  }
  expect(seen).toEqual(upTo(1_000));
  log.append(1);
  expect(await read(subscriber, 1)).toEqual([1_001]);
  await new Promise((resolve) => setImmediate(resolve));
  const { reads } = log;
  log.append(3);
  expect(await read(subscriber, 3)).toEqual([1_002, 1_003, 1_004]);
  expect(log.reads).toBe(reads);
  await subscriber.return();
  expect(log.listeners.size).toBe(0);
});

test('a reader that is too slow ends with an error that has the cursor to resume from, and misses nothing after it resumes', async () => {
  const log = new MemoryLog();
  const { open, streams } = streamsOver(log);
  const slow = await open();
  const fast = await open();
  const reading = read(fast, 5_000);
  log.append(1);
  const seen = await read(slow, 1);
  for (let n = 0; n < 49; n += 1) {
    log.append(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  log.append(99);
  expect(await reading).toEqual(upTo(5_000));
  const [last] = await read(slow, 1);
  expect(last).toMatchObject({ code: 'SLOW_CONSUMER', extensions: { resumeAfter: '1' } });
  expect(slow.isOver).toBe(true);
  expect(streams.counts()).toMatchObject({ subscribers: 1, hubs: 1 });
  const resumed = await open({ after: '1' });
  expect([...seen, ...(await read(resumed, 4_999))]).toEqual(upTo(5_000));
});

test('what does not match is passed over, and the place to resume from moves on', async () => {
  const log = new MemoryLog();
  log.append(10);
  const { open } = streamsOver(log);
  const subscriber = await open({ filter: { agent: ['b'] } });
  const reading = subscriber.next();
  await expect.poll(() => subscriber.reached).toBe(10n);
  log.append(3);
  await expect.poll(() => subscriber.reached).toBe(13n);
  log.append(1, 'b');
  // The item that has not been taken is not passed.
  expect(subscriber.reached).toBe(13n);
  expect(await reading).toEqual({ value: 14, done: false });
  log.append(1);
  await expect.poll(() => subscriber.reached).toBe(15n);
});

test('while the database is away a reader waits, and its end ends the wait', async () => {
  const log = new MemoryLog();
  log.append(3);
  log.isAway = true;
  const { open } = streamsOver(log);
  const subscriber = await open();
  const reading = read(subscriber, 3);
  await expect.poll(() => log.reads).toBeGreaterThan(1);
  log.isAway = false;
  expect(await reading).toEqual(upTo(3));
  log.isAway = true;
  const waiting = await open();
  const never = read(waiting, 1);
  await waiting.return();
  expect(await never).toEqual([]);
});

test('one rendering serves an audience, and another audience has its own', async () => {
  const log = new MemoryLog();
  const { open, streams } = streamsOver(log);
  const roles: Role[] = ['member', 'member', 'viewer'];
  const subscribers = await Promise.all(roles.map((role) => open({ role })));
  const reading = subscribers.map((subscriber) => read(subscriber, 20));
  await expect.poll(() => streams.counts().hubs).toBe(2);
  log.append(20);
  expect(await Promise.all(reading)).toEqual([upTo(20), upTo(20), upTo(20)]);
  expect(streams.counts().executions).toBe(40);
});

test('a key that ends and a server that stops end streams with an error, and nothing begins after that', async () => {
  const { open, streams, ends } = streamsOver(new MemoryLog());
  const revoked = await open();
  const other = await open();
  const [endFirst] = ends;
  endFirst?.('The key was revoked.');
  expect(await read(revoked, 2)).toMatchObject([
    { code: 'UNAUTHENTICATED', message: 'The key was revoked.' },
  ]);
  expect(other.isOver).toBe(false);
  await streams[Symbol.asyncDispose]();
  expect(await read(other, 2)).toMatchObject([{ code: 'UNAVAILABLE' }]);
  await expect(open()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(streams.counts()).toMatchObject({ subscribers: 0, hubs: 0 });
});
