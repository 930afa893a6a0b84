import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { eventually } from '../../../fixtures/eventually.ts';
import { insertTasks } from '../../../fixtures/log-writers.ts';
import { TestEvents, TestSocket } from '../../../fixtures/stream-clients.ts';
import { appendEvents, storedCursors } from '../../../fixtures/stream-events.ts';
import { streamServer } from '../../../fixtures/streams.ts';

const EVENTS = 'subscription($after: String) { taskEvents(after: $after) { cursor filler } }';
const TOTAL = 10_000;
const BATCH = 50;
const MEGABYTE = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What the process holds once the garbage is gone: that alone is what slow readers can make it keep. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

test('one paused socket and one paused SSE reader while 10,000 events go by: they get a typed error or are cut off, the others are on time, and memory stays', async () => {
  // Events of 4 KB, so that the kernel's own buffers do not take them all in.
  await using server = await streamServer({ fillerCharacters: 4_000 });
  const [task = ''] = await insertTasks(server.pool, 1);
  const pausedSocket = await new TestSocket(server.port).init();
  pausedSocket.subscribe('1', EVENTS);
  const pausedEvents = new TestEvents(server.port, EVENTS);
  const goodSocket = await new TestSocket(server.port).init();
  goodSocket.subscribe('1', EVENTS);
  const goodEvents = new TestEvents(server.port, EVENTS);
  await eventually(() => expect(server.streams.counts().subscribers).toBe(4));
  await eventually(() => expect(pausedEvents.isOpen).toBe(true));
  pausedSocket.socket.pause();
  pausedEvents.pause();

  // Readers keep what they got for the test to look at: counted out, not the server's.
  let goodCount = 0;
  goodEvents.onResult = () => undefined;
  const committedMs: number[] = [];
  const lagsMs: number[] = [];
  goodSocket.onMessage = ({ payload }) => {
    if (payload?.data === undefined) return;
    goodCount += 1;
    const cursor = Number(payload.data.taskEvents.cursor);
    lagsMs.push(performance.now() - (committedMs[Math.ceil(cursor / BATCH) - 1] ?? performance.now()));
  };
  goodSocket.keepsMessages = false;
  goodEvents.keepsResults = false;
  const before = heldBytes();
  let most = 0;
  for (let written = 0; written < TOTAL; written += BATCH) {
    await appendEvents(server.pool, task, BATCH);
    committedMs.push(performance.now());
    server.log.look();
    if (written % 1_000 === 0) most = Math.max(most, heldBytes());
    await eventually(() => expect(written - goodCount).toBeLessThan(500));
  }
  await vi.waitFor(() => expect(goodCount).toBe(TOTAL), { timeout: 20_000 });
  await vi.waitFor(() => expect(goodEvents.count).toBe(TOTAL), { timeout: 20_000 });
  lagsMs.sort((a, b) => a - b);
  const p99Ms = Math.round(lagsMs[Math.floor(lagsMs.length * 0.99)] ?? Number.NaN);
  console.log(`p99 ${p99Ms} ms; ${Math.round((most - before) / MEGABYTE)} MB held for slow readers`);
  expect(p99Ms).toBeLessThan(1_000);
  expect((most - before) / MEGABYTE).toBeLessThan(50);
  // The slow ones have left the hub; the two that keep up go on.
  expect(server.streams.counts().hubs).toBe(1);

  // Paused for good: cut off 5 s after their streams ended, whatever was unsent.
  await vi.waitFor(() => expect(server.streams.counts().subscribers).toBe(2), { timeout: 12_000 });
  await vi.waitFor(() => expect(server.sockets.count()).toBe(1), { timeout: 12_000 });
  pausedEvents.resume();
  pausedSocket.socket.resume();
  await eventually(() => expect(pausedEvents.isEnded).toBe(true));
  await pausedSocket.until(() => pausedSocket.closed);
  const stored = await storedCursors(server.pool);
  const got = pausedSocket.of('1').map(({ payload }) => payload.data.taskEvents.cursor);
  expect(got).toEqual(stored.slice(0, got.length));
  expect(got.length).toBeLessThan(TOTAL);
  goodSocket.close();
  goodEvents.close();
}, 90_000);

test('a reader that falls behind and then reads again within 5 s is sent where to resume, on both transports, and misses nothing', async () => {
  await using server = await streamServer({ fillerCharacters: 8_000 });
  const [task = ''] = await insertTasks(server.pool, 1);
  const socket = await new TestSocket(server.port).init();
  socket.subscribe('1', EVENTS);
  const events = new TestEvents(server.port, EVENTS);
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 2, hubs: 1 }));
  await eventually(() => expect(events.isOpen).toBe(true));
  socket.socket.pause();
  events.pause();
  // No longer than both have fallen behind: from then on they have 5 s, whatever the machine makes of the writing.
  for (let written = 0; written < TOTAL && server.streams.counts().hubs > 0; written += BATCH) {
    await appendEvents(server.pool, task, BATCH);
    server.log.look();
  }
  expect(server.streams.counts().hubs).toBe(0);
  socket.socket.resume();
  events.resume();
  await socket.until(() => socket.of('1').some(({ type }) => type === 'error'));
  await eventually(() => expect(events.isComplete).toBe(true));
  const stored = await storedCursors(server.pool);
  const socketError = socket.of('1').at(-1)?.payload[0];
  const gotOverSocket = socket
    .of('1')
    .slice(0, -1)
    .map(({ payload }) => payload.data.taskEvents.cursor);
  const gotOverEvents = events.results.slice(0, -1).map(({ data }) => data.taskEvents.cursor);
  for (const [got, error] of [
    [gotOverSocket, socketError],
    [gotOverEvents, events.results.at(-1).errors[0]],
  ]) {
    expect(got).toEqual(stored.slice(0, got.length));
    expect(error.extensions).toEqual({ code: 'SLOW_CONSUMER', resumeAfter: got.at(-1) });
  }
  // The socket lives, and the stream goes on from there.
  socket.subscribe('2', EVENTS, { after: socketError.extensions.resumeAfter });
  await socket.until(() => socket.of('2').length === stored.length - gotOverSocket.length);
  const rest = socket.of('2').map(({ payload }) => payload.data.taskEvents.cursor);
  expect([...gotOverSocket, ...rest]).toEqual(stored);
  socket.close();
}, 60_000);
