import { expect, test } from 'vitest';
import { eventually } from '../../../fixtures/eventually.ts';
import { insertTasks } from '../../../fixtures/log-writers.ts';
import { testPool } from '../../../fixtures/pool.ts';
import { TestEvents, TestSocket } from '../../../fixtures/stream-clients.ts';
import { appendEvents, storedCursors } from '../../../fixtures/stream-events.ts';
import { streamServer } from '../../../fixtures/streams.ts';

const EVENTS = 'subscription($after: String) { taskEvents(after: $after) { cursor seq taskId } }';

const cursorsOf = (
  results: readonly { data?: { taskEvents: { cursor: string } } }[],
): (string | undefined)[] => results.map((result) => result.data?.taskEvents.cursor);

test('a stream sends missed items first and then live ones, over a WebSocket and over SSE', async () => {
  await using server = await streamServer();
  const [task = ''] = await insertTasks(server.pool, 1);
  await appendEvents(server.pool, task, 450);
  server.log.look();
  await eventually(() => expect(server.log.settled()).toBe(450n));
  const socket = await new TestSocket(server.port).init();
  socket.subscribe('1', EVENTS, { after: '100' });
  const events = new TestEvents(server.port, EVENTS, { after: '0' });
  await eventually(() => expect(events.results.length).toBe(450));
  await appendEvents(server.pool, task, 50);
  server.log.look();
  await socket.until(() => socket.of('1').length >= 400);
  await eventually(() => expect(events.results.length).toBe(500));
  const stored = await storedCursors(server.pool);
  expect(cursorsOf(socket.of('1').map(({ payload }) => payload))).toEqual(stored.slice(100));
  expect(cursorsOf(events.results)).toEqual(stored);
  socket.close();
  events.close();
});

test('without a cursor a stream begins now', async () => {
  await using server = await streamServer();
  const [task = ''] = await insertTasks(server.pool, 1);
  await appendEvents(server.pool, task, 3);
  server.log.look();
  await eventually(() => expect(server.log.settled()).toBe(3n));
  const socket = await new TestSocket(server.port).init();
  socket.subscribe('1', EVENTS);
  await eventually(() => expect(server.streams.counts().hubs).toBe(1));
  await appendEvents(server.pool, task);
  server.log.look();
  await socket.until(() => socket.of('1').length > 0);
  expect(cursorsOf(socket.of('1').map(({ payload }) => payload))).toEqual(['4']);
  socket.close();
});

test('a hundred subscribers of one document and role share one execution an event; another role, document or a selection of the viewer does not', async () => {
  await using server = await streamServer();
  server.addKey('ben');
  server.addKey('vic', 'viewer');
  const [task = ''] = await insertTasks(server.pool, 1);
  const sockets = await Promise.all(
    Array.from({ length: 100 }, (_, n) => new TestSocket(server.port).init(n % 2 ? 'ada' : 'ben')),
  );
  const reformatted = EVENTS.replace(' {', '\n{ ');
  for (const [n, socket] of sockets.entries()) socket.subscribe('1', n % 3 ? EVENTS : reformatted);
  await eventually(() => expect(server.streams.counts()).toMatchObject({ hubs: 1, subscribers: 100 }));
  await eventually(() => expect(server.streams.counts().subscribers).toBe(100));
  const rounds = 10;
  for (let n = 0; n < rounds; n += 1) await appendEvents(server.pool, task);
  server.log.look();
  for (const socket of sockets) await socket.until(() => socket.of('1').length === rounds);
  expect(server.streams.counts().executions).toBe(rounds);

  const viewer = await new TestSocket(server.port).init('vic');
  viewer.subscribe('1', EVENTS);
  const [ada, ben] = sockets;
  for (const socket of [ada, ben])
    socket?.subscribe('mine', 'subscription { taskEvents { viewer { name } } }');
  ada?.subscribe('other', 'subscription { taskEvents { cursor } }');
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 104, hubs: 3 }));
  const before = server.streams.counts().executions;
  await appendEvents(server.pool, task);
  server.log.look();
  await viewer.until(() => viewer.of('1').length === 1);
  await ada?.until(() => ada.of('other').length === 1 && ada.of('mine').length === 1);
  await ben?.until(() => ben.of('mine').length === 1);
  expect(ada?.of('mine')[0]?.payload.data.taskEvents.viewer.name).toBe('ben');
  expect(ben?.of('mine')[0]?.payload.data.taskEvents.viewer.name).toBe('ada');
  expect(server.streams.counts().executions - before).toBe(5);
  for (const socket of [...sockets, viewer]) socket.close();
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 0, hubs: 0 }));
});

test('callers who see different data never share an execution; callers of one audience share one', async () => {
  await using server = await streamServer();
  server.addKey('ben');
  server.addKey('vic', 'viewer');
  const [task = ''] = await insertTasks(server.pool, 1);
  const names = ['ada', 'ada', 'ben', 'vic'];
  const sockets = await Promise.all(names.map((name) => new TestSocket(server.port).init(name)));
  const notesOf = async (id: string): Promise<string[]> => {
    const before = server.streams.counts().executions;
    await appendEvents(server.pool, task);
    server.log.look();
    for (const socket of sockets) await socket.until(() => socket.of(id).length > 0);
    const notes = sockets.map((socket) => socket.of(id)[0]?.payload.data[id].note);
    expect(server.streams.counts().executions - before).toBe(new Set(notes).size);
    for (const socket of sockets) socket.send({ id, type: 'complete' });
    await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 0, hubs: 0 }));
    return notes;
  };
  // The events of all tasks: what is shown depends on the role.
  for (const socket of sockets) socket.subscribe('taskEvents', 'subscription { taskEvents { note } }');
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 4, hubs: 2 }));
  const byRole = await notesOf('taskEvents');
  expect(byRole).toEqual([
    'for member Errand',
    'for member Errand',
    'for member Errand',
    'for viewer Errand',
  ]);
  // The same document and the same events, from a source that belongs to a person.
  for (const socket of sockets) socket.subscribe('ownEvents', 'subscription { ownEvents { note } }');
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 4, hubs: 3 }));
  const byPerson = await notesOf('ownEvents');
  expect(byPerson).toEqual(['for member ada', 'for member ada', 'for member ben', 'for viewer vic']);
});

test('`task` sends the current state first and the last state at the end, and may skip states in between', async () => {
  await using server = await streamServer();
  const [task = '', other = ''] = await insertTasks(server.pool, 2);
  const socket = await new TestSocket(server.port).init();
  socket.subscribe('1', 'subscription($id: ID!) { task(id: $id) { id version } }', { id: task });
  await socket.until(() => socket.of('1').length === 1);
  expect(socket.of('1')[0]?.payload.data.task).toEqual({ id: task, version: 1 });
  for (let n = 0; n < 20; n += 1) {
    await appendEvents(server.pool, task);
    await appendEvents(server.pool, other);
    server.log.look();
  }
  await socket.until(() => socket.of('1').at(-1)?.payload.data.task.version === 21);
  const versions = socket.of('1').map(({ payload }) => payload.data.task.version);
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(socket.of('1').every(({ payload }) => payload.data.task.id === task)).toBe(true);
  socket.close();
});

test('a revoked key ends its streams with an error on both transports, closes its socket, and leaves the others', async () => {
  await using server = await streamServer();
  server.addKey('eve');
  const [task = ''] = await insertTasks(server.pool, 1);
  const eve = await new TestSocket(server.port).init('eve');
  const ada = await new TestSocket(server.port).init('ada');
  const events = new TestEvents(server.port, EVENTS, {}, 'eve');
  for (const socket of [eve, ada]) socket.subscribe('1', EVENTS);
  await eventually(() => expect(server.streams.counts().subscribers).toBe(3));
  server.revoke('eve');
  await eve.until(() => eve.closed);
  expect(eve.closed).toEqual({ code: 4403, reason: 'This key was revoked.' });
  expect(eve.of('1')).toMatchObject([
    { type: 'error', payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  ]);
  await eventually(() => expect(events.isEnded).toBe(true));
  expect(events.results).toMatchObject([{ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }]);
  await appendEvents(server.pool, task);
  server.log.look();
  await ada.until(() => ada.of('1').length === 1);
  expect(server.streams.counts()).toMatchObject({ subscribers: 1, hubs: 1 });
  ada.close();
});

test('a nonsense cursor is an error of its operation', async () => {
  await using server = await streamServer();
  const socket = await new TestSocket(server.port).init();
  for (const after of ['', '-1', '1.5', 'x', '99999999999999999999999', '1000']) {
    const id = `after ${after}`;
    socket.subscribe(id, EVENTS, { after });
    await socket.until(() => socket.of(id).length > 0);
    const [first] = socket.of(id);
    const errors = first?.type === 'error' ? first.payload : first?.payload.errors;
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  }
  const events = new TestEvents(server.port, EVENTS, { after: 'x' });
  await eventually(() =>
    expect(events.results).toMatchObject([{ errors: [{ extensions: { code: 'BAD_CURSOR' } }] }]),
  );
  expect(socket.closed).toBeUndefined();
  socket.close();
  events.close();
});

test('with every connection to the database cut, streams go on with nothing lost and no error shown', async () => {
  await using server = await streamServer();
  const [task = ''] = await insertTasks(server.pool, 1);
  const socket = await new TestSocket(server.port).init();
  const query = 'subscription { taskEvents(after: "0") { cursor task { version } } }';
  socket.subscribe('1', query);
  const other = testPool({ connectionString: server.url, max: 1 });
  for (let round = 1; round <= 10; round += 1) {
    await appendEvents(other, task, 5);
    server.log.look();
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stream-server' and datname = current_database()`,
    );
    server.log.look();
    await socket.until(() => socket.of('1').length >= round * 5);
  }
  const payloads = socket.of('1').map(({ payload }) => payload);
  expect(payloads.filter(({ errors }) => errors)).toEqual([]);
  expect(cursorsOf(payloads)).toEqual(await storedCursors(other));
  await other.end();
  socket.close();
});
