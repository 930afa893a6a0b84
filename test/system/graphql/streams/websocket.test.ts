import { expect, test } from 'vitest';
import { isOriginAllowed } from '../../../../src/server/origin.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { TestSocket } from '../../../fixtures/stream-clients.ts';
import { streamServer } from '../../../fixtures/streams.ts';

test('a bad operation fails for its own id and leaves the socket open', async () => {
  await using server = await streamServer();
  const socket = await new TestSocket(server.port).init();
  const bad = {
    syntax: 'subscription {',
    unknown: 'subscription { nothing }',
    deep: `{ ${'a{'.repeat(9_000)} a ${'}'.repeat(9_000)} }`,
    empty: '',
  };
  for (const [id, query] of Object.entries(bad)) {
    socket.subscribe(id, query);
    await socket.until(() => socket.of(id).some(({ type }) => type === 'error'));
  }
  socket.subscribe('good', 'query($id: ID!) { version(id: $id) }', { id: 'task_none' });
  await socket.until(() => socket.of('good').some(({ type }) => type === 'complete'));
  expect(socket.closed).toBeUndefined();
  socket.close();
});

test('a socket carries a hundred subscriptions, and refuses the next for its own id', async () => {
  await using server = await streamServer();
  const socket = await new TestSocket(server.port).init();
  for (let n = 0; n < 101; n += 1) socket.subscribe(`${n}`, 'subscription { taskEvents { cursor } }');
  await socket.until(() => socket.of('100').length > 0);
  expect(socket.of('100')).toMatchObject([
    { type: 'error', payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }] },
  ]);
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 100, hubs: 1 }));
  socket.send({ id: '0', type: 'complete' });
  await eventually(() => expect(server.streams.counts().subscribers).toBe(99));
  socket.subscribe('again', 'subscription { taskEvents { cursor } }');
  await eventually(() => expect(server.streams.counts().subscribers).toBe(100));
  socket.close();
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 0, hubs: 0 }));
});

test.each([
  ['without a key', '', 4403],
  ['with an unknown key', 'mallory', 4403],
])('a socket %s is closed', async (_name, key, code) => {
  await using server = await streamServer();
  const socket = await new TestSocket(server.port).init(key);
  await socket.until(() => socket.closed);
  expect(socket.closed?.code).toBe(code);
});

test('a socket that never inits, one that subscribes before, and one whose frame is too large are closed', async () => {
  await using server = await streamServer({ initTimeoutMs: 2_000 });
  const silent = new TestSocket(server.port);
  const early = new TestSocket(server.port);
  early.socket.once('open', () => early.subscribe('1', 'subscription { taskEvents { cursor } }'));
  const large = await new TestSocket(server.port).init();
  large.subscribe('1', `{ ${'a'.repeat(60 * 1024 * 1024)} }`);
  for (const [socket, code] of [
    [silent, 4408],
    [early, 4401],
    [large, 1009],
  ] as const) {
    await socket.until(() => socket.closed);
    // A peer that is still sending 60 MB may see the connection reset before it sees the close frame.
    expect([code, 1006]).toContain(socket.closed?.code);
    if (socket !== large) expect(socket.closed?.code).toBe(code);
  }
});

test('a socket that does not answer pings is dropped, and with it its subscriptions', async () => {
  await using server = await streamServer({ pingMs: 500 });
  const dead = await new TestSocket(server.port).init();
  dead.subscribe('1', 'subscription { taskEvents { cursor } }');
  await eventually(() => expect(server.streams.counts().subscribers).toBe(1));
  dead.socket.pause();
  await eventually(() => expect(server.sockets.count()).toBe(0));
  await eventually(() => expect(server.streams.counts().subscribers).toBe(0));
  dead.close();
});

test.each([
  { origin: undefined, host: '127.0.0.1:4000', allowed: true },
  { origin: 'https://errand.example', host: '127.0.0.1:4000', allowed: true },
  { origin: 'http://127.0.0.1:4000', host: '127.0.0.1:4000', allowed: true },
  { origin: 'http://localhost:4000', host: 'localhost:4000', allowed: true },
  { origin: 'http://[::1]:4000', host: '[::1]:4000', allowed: true },
  { origin: 'http://127.0.0.1:5000', host: '127.0.0.1:4000', allowed: false },
  { origin: 'http://rebound.example:4000', host: 'rebound.example:4000', allowed: false },
  { origin: 'https://evil.example', host: '127.0.0.1:4000', allowed: false },
  { origin: 'https://errand.example.evil.example', host: '127.0.0.1:4000', allowed: false },
  { origin: 'null', host: '127.0.0.1:4000', allowed: false },
  { origin: 'http://127.0.0.1:4000', host: undefined, allowed: false },
])('a page of $origin at $host: $allowed', ({ origin, host, allowed }) => {
  expect(isOriginAllowed(origin, host, ['https://errand.example'])).toBe(allowed);
});

test('a page of a foreign origin gets no socket', async () => {
  await using server = await streamServer();
  const socket = new TestSocket(server.port, { origin: 'https://evil.example' });
  await socket.until(() => socket.closed);
  expect(server.sockets.count()).toBe(0);
  const allowed = await new TestSocket(server.port, { origin: 'https://errand.example' }).init();
  expect(allowed.closed).toBeUndefined();
  allowed.close();
});
