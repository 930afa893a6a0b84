import { createHash } from 'node:crypto';
import { parse, validate } from 'graphql';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { TABS } from '../../../src/server/graphiql/tabs.ts';
import { closeServer, createHttpServer, listen } from '../../../src/server/http.ts';

interface TestServer extends AsyncDisposable {
  readonly url: string;
}

async function testServer(): Promise<TestServer> {
  const server = createHttpServer({
    graphql: (_request, response) => response.end('graphql'),
    checks: {},
    log: pino({ level: 'silent' }),
  });
  const url = await listen(server, '127.0.0.1', 0);
  return { url, [Symbol.asyncDispose]: () => closeServer(server, 0) };
}

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('a browser gets the page, also when a query stands in the address, and a program gets GraphQL', async () => {
  await using server = await testServer();
  for (const path of ['/graphql', '/graphql?query={viewer{role}}']) {
    const page = await fetch(`${server.url}${path}`, { headers: HTML });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('GraphiQL');
    const program = await fetch(`${server.url}${path}`, { headers: { accept: 'application/json' } });
    expect(await program.text()).toBe('graphql');
  }
});

test('the page names no address of anybody else, and every file it names is served', async () => {
  await using server = await testServer();
  const page = await (await fetch(`${server.url}/graphql`, { headers: HTML })).text();
  expect(page).not.toMatch(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/i);
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  const workers = [...page.matchAll(/'([a-z.]+\.bundle\.js)'/g)].map(
    ([, file]) => `/graphiql/monacoeditorwork/${file}`,
  );
  expect(named).toHaveLength(2);
  expect(workers).toHaveLength(3);
  for (const path of [...named, ...workers]) {
    const response = await fetch(`${server.url}${path}`);
    expect(response.status, path).toBe(200);
    expect(response.headers.get('content-type'), path).toMatch(
      path?.includes('.css') ? /^text\/css/ : /^text\/javascript/,
    );
    expect(response.headers.get('x-content-type-options'), path).toBe('nosniff');
    expect((await response.arrayBuffer()).byteLength, path).toBeGreaterThan(10_000);
  }
});

test('the page may run its own script and files and nothing else, and may not be framed', async () => {
  await using server = await testServer();
  const response = await fetch(`${server.url}/graphql`, { headers: HTML });
  const policy = Object.fromEntries(
    (response.headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
      const [name, ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );
  const page = await response.text();
  const inline = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script ?? '');
  expect(inline).toHaveLength(1);
  const hash = createHash('sha256')
    .update(inline[0] ?? '')
    .digest('base64');
  expect(policy['default-src']).toEqual(["'none'"]);
  expect(policy['script-src']).toEqual(["'self'", `'sha256-${hash}'`]);
  expect(policy['connect-src']).toEqual(["'self'"]);
  expect(policy['frame-ancestors']).toEqual(["'none'"]);
  expect(response.headers.get('x-frame-options')).toBe('DENY');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
});

test('every tab of GraphiQL is valid against the schema', () => {
  expect(TABS).toHaveLength(10);
  for (const { query } of TABS) expect(validate(schema, parse(query)), query).toEqual([]);
});
