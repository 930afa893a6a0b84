import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { claimOccurrences } from '../../../../src/store/triggers/occurrences-decide.ts';
import type { CronContext } from '../../../../src/triggers/cron/context.ts';
import { decideOccurrence } from '../../../../src/triggers/cron/decide.ts';
import { harness, occurrencesOf, putOccurrence, putTrigger, tasksOf } from '../../../fixtures/cron.ts';
import { type TestTasks, testTasks } from '../../../fixtures/tasks.ts';

const NEVER = new AbortController().signal;

interface Site extends AsyncDisposable {
  readonly url: string;
  /** The headers of each request so far. */
  readonly asked: IncomingHttpHeaders[];
  /** Answers the next requests so. */
  answer: (response: ServerResponse, headers: IncomingHttpHeaders) => void;
}

/** A real HTTP server on the loopback whose answer a test sets. */
async function site(): Promise<Site> {
  const own: Pick<Site, 'asked' | 'answer'> = { asked: [], answer: (response) => response.end('hello') };
  const server = createServer((request, response) => {
    own.asked.push(request.headers);
    own.answer(response, request.headers);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(own, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

/** A real request, without the guard that the product puts around it. */
const check: CronContext['check'] = async (url, headers, signal) => {
  const response = await fetch(url, { headers, signal, redirect: 'manual' });
  return { status: response.status, headers: Object.fromEntries(response.headers) };
};

async function decideNext(app: TestTasks, triggerId: string, secondsAgo: number, stop = NEVER) {
  await putOccurrence(app.pool, triggerId, secondsAgo);
  const { claimed } = await claimOccurrences(app.pool, 1);
  if (!claimed[0]) throw new Error('nothing could be claimed');
  return decideOccurrence(harness(app, { check }).context, claimed[0], stop);
}

test('a task is made when something changed, and what the answer gave is asked with next time', async () => {
  await using app = await testTasks();
  await using feed = await site();
  feed.answer = (response, { 'if-none-match': known }) => {
    response.writeHead(known === '"one"' ? 304 : 200, {
      etag: '"one"',
      'last-modified': 'Tue, 24 Nov 2026 10:00:00 GMT',
    });
    response.end();
  };
  const id = await putTrigger(app.pool, { checkUrl: feed.url });
  expect(await decideNext(app, id, 3)).toMatchObject({ outcome: 'fired' });
  expect(await decideNext(app, id, 2)).toMatchObject({
    outcome: 'refused',
    reason: 'check: nothing changed (304)',
  });
  expect(feed.asked[0]).not.toHaveProperty('if-none-match');
  expect(feed.asked[1]).toMatchObject({
    'if-none-match': '"one"',
    'if-modified-since': 'Tue, 24 Nov 2026 10:00:00 GMT',
  });
  // Something new: it is a task again, and remembered in its turn.
  feed.answer = (response) => response.writeHead(200, { etag: '"two"' }).end();
  expect(await decideNext(app, id, 1)).toMatchObject({ outcome: 'fired' });
  await decideNext(app, id, 0);
  expect(feed.asked.at(-1)).toMatchObject({ 'if-none-match': '"two"' });
  expect(feed.asked.at(-1)).not.toHaveProperty('if-modified-since');
  expect(await tasksOf(app.pool, id)).toHaveLength(3);
});

test.each([
  [204, 'check: nothing changed (204)'],
  [301, 'check: unexpected status 301; redirects are not followed'],
  [404, 'check: unexpected status 404'],
  [500, 'check: unexpected status 500'],
])('an answer %i makes no task, is on record and is asked once', async (status, reason) => {
  await using app = await testTasks();
  await using feed = await site();
  feed.answer = (response) =>
    response.writeHead(status, { location: 'http://127.0.0.1:1/', etag: '"x"' }).end();
  const id = await putTrigger(app.pool, { checkUrl: feed.url });
  expect(await decideNext(app, id, 1)).toMatchObject({ outcome: 'refused', reason });
  expect(feed.asked).toHaveLength(1);
  expect(await tasksOf(app.pool, id)).toEqual([]);
  const { rows } = await app.pool.query('select check_state from triggers where id = $1', [id]);
  expect(rows).toEqual([{ check_state: null }]);
});

test('an unreachable host creates no task', async () => {
  await using app = await testTasks();
  const feed = await site();
  await feed[Symbol.asyncDispose]();
  const id = await putTrigger(app.pool, { checkUrl: feed.url });
  expect(await decideNext(app, id, 1)).toMatchObject({
    outcome: 'refused',
    reason: expect.stringMatching(/^check: .+/),
  });
  expect(await tasksOf(app.pool, id)).toEqual([]);
});

test('a process that stops while a check hangs gives the occurrence back undecided', async () => {
  await using app = await testTasks();
  await using feed = await site();
  const stop = new AbortController();
  feed.answer = () => stop.abort(new Error('stopping'));
  const id = await putTrigger(app.pool, { checkUrl: feed.url });
  await expect(decideNext(app, id, 1, stop.signal)).rejects.toThrow('stopping');
  expect(await occurrencesOf(app.pool, id)).toMatchObject([{ outcome: null, decidedAt: null }]);
  expect((await claimOccurrences(app.pool, 1)).claimed).toHaveLength(1);
});

test('a change is not lost when its task could not be made: the next check asks as before', async () => {
  await using app = await testTasks();
  await using feed = await site();
  feed.answer = (response) => response.writeHead(200, { etag: '"one"' }).end();
  const id = await putTrigger(app.pool, { checkUrl: feed.url, agent: 'nobody' });
  expect(await decideNext(app, id, 2)).toMatchObject({ outcome: 'failed' });
  await app.pool.query(`update triggers set agent = 'assistant' where id = $1`, [id]);
  expect(await decideNext(app, id, 1)).toMatchObject({ outcome: 'fired' });
  expect(feed.asked.at(-1)).not.toHaveProperty('if-none-match');
});

test('a check whose URL was changed meanwhile is not remembered for the new one', async () => {
  await using app = await testTasks();
  await using feed = await site();
  const id = await putTrigger(app.pool, { checkUrl: feed.url });
  feed.answer = (response) =>
    void app.pool
      .query(`update triggers set check_url = 'https://other.example' where id = $1`, [id])
      .then(() => response.writeHead(200, { etag: '"old"' }).end());
  expect(await decideNext(app, id, 1)).toMatchObject({ outcome: 'fired' });
  const { rows } = await app.pool.query('select check_state from triggers where id = $1', [id]);
  expect(rows).toEqual([{ check_state: null }]);
});
