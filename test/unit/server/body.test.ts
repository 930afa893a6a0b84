import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { closeServer, createHttpServer, listen, MAX_BODY_BYTES } from '../../../src/server/http.ts';

interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** What was handed on to GraphQL. */
  readonly reached: string[];
}

async function testServer(): Promise<TestServer> {
  const reached: string[] = [];
  const server = createHttpServer({
    graphql: (request, response) => {
      reached.push(request.method ?? '');
      request.resume();
      response.end('reached');
    },
    checks: {},
    log: pino({ level: 'silent' }),
  });
  const url = await listen(server, '127.0.0.1', 0);
  return { port: Number(new URL(url).port), reached, [Symbol.asyncDispose]: () => closeServer(server, 0) };
}

/** Sends the bytes as they are and reads until the other side ends the connection. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    // The server may close while more is being sent; what it had said until then is the answer.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

const POST = 'POST /graphql HTTP/1.1\r\nHost: errand\r\nContent-Type: application/json\r\n';

test('a body of five megabytes is refused by its length, before any of it is sent', async () => {
  await using server = await testServer();
  const answer = await raw(server.port, `${POST}Content-Length: ${5 * 1024 * 1024}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('"code":"BODY_TOO_LARGE"');
  expect(answer).toContain(`at most ${MAX_BODY_BYTES} are allowed`);
  expect(server.reached).toEqual([]);
});

test('a body of unknown length is refused', async () => {
  await using server = await testServer();
  const answer = await raw(server.port, `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 411 /);
  expect(answer).toContain('"code":"LENGTH_REQUIRED"');
  expect(server.reached).toEqual([]);
});

test.each(['-1', '1e9', '12x', ''])('the length "%s" never reaches GraphQL', async (length) => {
  await using server = await testServer();
  const answer = await raw(server.port, `${POST}Content-Length: ${length}\r\nConnection: close\r\n\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(server.reached).toEqual([]);
});

test('a length and chunks at once, as one smuggles requests, are refused', async () => {
  await using server = await testServer();
  const answer = await raw(
    server.port,
    `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(server.reached).toEqual([]);
});

test('the largest body that is allowed reaches GraphQL', async () => {
  await using server = await testServer();
  const body = 'x'.repeat(MAX_BODY_BYTES);
  const answer = await raw(
    server.port,
    `${POST}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(server.reached).toEqual(['POST']);
});
