import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../../../../src/core/log.ts';
import type { TaskEvent } from '../../../../src/domain/events.ts';
import type { EventFilter } from '../../../../src/domain/filters.ts';
import type { Caller } from '../../../../src/domain/permissions.ts';
import type { AnyCall } from '../../../../src/rest/contract/endpoint.ts';
import { streamReply } from '../../../../src/rest/events/event-stream.ts';
import { taskEventsSource } from '../../../../src/streams/sources/task-events.ts';
import { createStreams } from '../../../../src/streams/streams.ts';
import { MemoryLog } from '../../../fixtures/memory-log.ts';

const caller: Caller = {
  actor: { kind: 'person', id: 'key', name: 'Ada' },
  role: 'member',
  keyId: null,
  sources: [],
  run: null,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function streamOver(log: MemoryLog, filter: EventFilter = {}) {
  const logger = createLog('silent');
  const streams = createStreams({ watchKey: () => () => undefined, log: logger });
  const closing = new AbortController();
  const call = {
    caller,
    signals: [closing.signal],
    requestId: 'request',
    url: new URL('http://errand.example/api/v1/events'),
  } as unknown as AnyCall;
  const source = await taskEventsSource(log.asEventLog, caller, { filter });
  const reply = streamReply({ streams, logger }, call, source, (event: TaskEvent) => ({ seq: event.seq }));
  const reader = reply.stream?.body.getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);
  return { streams, closing, read, cancel: () => reader?.cancel() };
}

test('the first message is the place where the stream begins, and each event has its cursor', async () => {
  const log = new MemoryLog();
  log.append(2);
  const { read, cancel, streams } = await streamOver(log);
  expect(streams.counts().subscribers, 'nothing is held before the first read').toBe(0);
  expect(await read()).toBe('id: 2\n: from here on\n\n');
  const next = read();
  log.append(1);
  expect(await next).toBe('id: 3\ndata: {"seq":3}\n\n');
  await cancel();
  expect(streams.counts()).toMatchObject({ subscribers: 0, hubs: 0 });
  expect(log.listeners.size).toBe(0);
});

test('when nothing comes for 15 s a comment is sent, with the place reached', async () => {
  const log = new MemoryLog();
  const { read, cancel } = await streamOver(log, { agent: ['b'] });
  await read();
  const next = read();
  await vi.advanceTimersByTimeAsync(5_000);
  log.append(7);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await next).toBe('id: 7\n: nothing new\n\n');
  const after = read();
  log.append(1, 'b');
  expect(await after).toBe('id: 8\ndata: {"seq":8}\n\n');
  await cancel();
});

test('a client that reads too slowly is sent a problem and the stream ends; one that reads nothing is cut off', async () => {
  const log = new MemoryLog();
  const slow = await streamOver(log);
  const stalled = await streamOver(log);
  for (const { read } of [slow, stalled]) {
    await read();
    const next = read();
    log.append(1);
    expect(await next).toContain('data:');
  }
  // The first has read the event that came for the second, or reads it now.
  log.append(1_500);
  await vi.advanceTimersByTimeAsync(100);
  const last = await slow.read();
  expect(last).toMatch(/^event: problem\ndata: /);
  expect(last).toContain('"code":"SLOW_CONSUMER"');
  expect(await slow.read()).toBe('');
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(stalled.read()).rejects.toThrow('The client was disconnected');
});

test('a client that reads nothing for a minute is cut off, whether or not anything happens', async () => {
  const { read, streams } = await streamOver(new MemoryLog());
  await read();
  await vi.advanceTimersByTimeAsync(76_000);
  await expect(read()).rejects.toThrow('The client was disconnected');
  expect(streams.counts().subscribers).toBe(0);
});

test('a server that stops ends the stream without a problem: the client connects again', async () => {
  const { read, closing } = await streamOver(new MemoryLog());
  await read();
  const next = read();
  closing.abort();
  expect(await next).toBe(': the server is stopping\n\n');
  expect(await read()).toBe('');
});
