import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createLog } from '../../../src/core/log.ts';
import { closeServer, createHttpServer, listen, MAX_BODY_BYTES } from '../../../src/server/http.ts';
import { testApi } from '../../fixtures/graphql-api.ts';

const silent = createLog('silent');

async function testServer(
  options: Partial<Pick<Parameters<typeof createHttpServer>[0], 'checks' | 'graphql' | 'rest'>> = {},
) {
  const server = createHttpServer({
    checks: {},
    graphql: (_request, response) => response.end('{}'),
    ...options,
    log: silent,
  });
  const url = await listen(server, '127.0.0.1', 0);
  return {
    server,
    url,
    port: Number(new URL(url).port),
    [Symbol.asyncDispose]: () => closeServer(server, 0),
  };
}

/** What comes back for bytes that no HTTP client would send. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

test('/health returns 200 while the process runs, without a key and whatever the state of its stores', async () => {
  await using server = await testServer({ checks: { postgres: () => ({ ok: false }) } });
  const response = await fetch(`${server.url}/health`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch('application/json');
});

test('/ready returns 200 while every store answers, and otherwise 503 with the names of those that do not', async () => {
  let ok = true;
  await using server = await testServer({
    checks: {
      postgres: () => (ok ? { ok } : { ok, detail: 'connection refused' }),
      scheduler: async () => ({ ok: true }),
      log: () => {
        if (!ok) throw new Error('with postgresql://user:password@host in it');
        return { ok };
      },
    },
  });
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  ok = false;
  const response = await fetch(`${server.url}/ready`);
  const text = await response.text();
  expect(response.status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({ ready: false, failing: ['postgres', 'log'] });
  expect(text).not.toContain('password');
});

test('ready waits for a store that hangs no longer than a few seconds', async () => {
  await using server = await testServer({
    checks: { postgres: () => new Promise(() => undefined), scheduler: () => ({ ok: true }) },
  });
  const response = await fetch(`${server.url}/ready`, { signal: AbortSignal.timeout(5_000) });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ failing: ['postgres'] });
});

test('an unknown path is a 404 in JSON, and / redirects to GraphiQL', async () => {
  await using server = await testServer();
  for (const path of [
    '/nothing',
    '/graphiql/../package.json',
    '/graphiql/%2e%2e/package.json',
    '/graphiql/',
    '//',
    '//x/y',
  ]) {
    const answer = await raw(server.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer, path).toMatch(
      /^HTTP\/1\.1 404 .*application\/json.*nosniff|^HTTP\/1\.1 404 .*nosniff.*application\/json/is,
    );
  }
  const root = await fetch(`${server.url}/`, { redirect: 'manual', headers: { accept: 'text/html' } });
  expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql']);
});

test('a body that is too large is refused before it is read, with or without a Content-Length', async () => {
  await using api = await testApi();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(MAX_BODY_BYTES) } });
  const told = await api.send({ method: 'POST', headers, body });
  expect(told.status).toBe(413);
  expect(await told.json()).toMatchObject({ errors: [{ extensions: { code: 'BODY_TOO_LARGE' } }] });
  const streamed = await api.send({
    method: 'POST',
    headers,
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as RequestInit);
  expect([411, 413]).toContain(streamed.status);
  expect((await api.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

test('bytes that are no HTTP are refused, and the server lives', async () => {
  await using server = await testServer();
  expect(await raw(server.port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
  const large = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`;
  expect(await raw(server.port, large)).toMatch(/^HTTP\/1\.1 431/);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test('a port in use is an error that states what to do', async () => {
  await using server = await testServer();
  const other = createHttpServer({ checks: {}, graphql: () => undefined, log: silent });
  await expect(listen(other, '127.0.0.1', server.port)).rejects.toThrow(/in use.*PORT/);
  await expect(listen(other, '203.0.113.1', 0)).rejects.toThrow(/HOST/);
});

test('closing waits for running requests, accepts no new ones, and closes those that take too long', async () => {
  const begun: (() => void)[] = [];
  const graphql = (_request: unknown, response: { end(text: string): void }): void => {
    begun.push(() => response.end('{"data":"whole"}'));
  };
  const server = await testServer({ graphql: graphql as never });
  const send = () => fetch(`${server.url}/graphql`, { method: 'POST', body: '{}' });
  const answered = send();
  await expect.poll(() => begun.length).toBe(1);
  const startedMs = performance.now();
  const closing = closeServer(server.server, 20_000);
  begun[0]?.();
  expect(await (await answered).json()).toEqual({ data: 'whole' });
  await closing;
  expect(performance.now() - startedMs, 'an idle connection holds nothing up').toBeLessThan(2_000);
  await expect(send()).rejects.toThrow();

  const second = await testServer({ graphql: graphql as never });
  const cut = fetch(`${second.url}/graphql`, { method: 'POST', body: '{}' });
  const failed = expect(cut).rejects.toThrow();
  await expect.poll(() => begun.length).toBe(2);
  await closeServer(second.server, 50);
  await failed;
});

test('a path that nothing is at answers a page to a person and JSON to a program', async () => {
  await using server = await testServer();
  const page = await fetch(`${server.url}/nothing`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(page.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(await page.text()).toContain('Not found');
  const json = await fetch(`${server.url}/nothing`, { headers: { accept: 'application/json' } });
  expect([json.status, json.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
});

test('paths under /api are answered by REST, also /api without a slash', async () => {
  const rest = (_request: unknown, response: { end(text: string): void }): void => response.end('rest');
  await using server = await testServer({ rest: rest as never });
  for (const path of ['/api', '/api/', '/api/v1/nothing', '/webhooks', '/problems/x'])
    expect(await (await fetch(server.url + path)).text(), path).toBe('rest');
  expect((await fetch(`${server.url}/apis`)).status).toBe(404);
});
