import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../fixtures/open-api.ts';
import { type RestApi, restApi } from '../../fixtures/rest-api.ts';

let api: RestApi;
let viewer: string;
beforeAll(async () => {
  api = await restApi();
  viewer = await api.keyOf('VIEWER');
});
afterAll(() => api[Symbol.asyncDispose]());

const JSON_TYPE = { 'content-type': 'application/json' };
const IDS: Record<string, string> = {
  tasks: 'task_01kavh8xa3f0ytqc2w4s0jxm7e',
  triggers: 'trg_01kavh8xa3f0ytqc2w4s0jxm7e',
  deliveries: 'dlv_01kavh8xa3f0ytqc2w4s0jxm7e',
  'webhook-endpoints': 'whe_01kavh8xa3f0ytqc2w4s0jxm7e',
};

/** The operation's address, with ids that nothing has. */
function addressOf({ path }: Operation): string {
  const query = path.endsWith('/preview') ? '?cron=@daily' : '';
  return path.replace('{id}', IDS[path.split('/')[3] ?? ''] ?? '').replace('{path}', 'nothing') + query;
}

function bodyOf({ operation }: Operation): unknown {
  const { $ref } = operation.requestBody?.content?.['application/json']?.schema ?? {};
  if ($ref === undefined) return undefined;
  const name = $ref.split('/').at(-1);
  const schema = api.openApi.document.components.schemas[name];
  if (schema.example !== undefined) return schema.example;
  return api.openApi.document.components.schemas[schema.oneOf[0].$ref.split('/').at(-1)].example;
}

const withKey = (): Operation[] =>
  api.openApi.operations.filter(({ operation }) => operation.security.length > 0);
const withBody = (): Operation[] => withKey().filter(({ operation }) => operation.requestBody);

describe('every operation', () => {
  test('without a key, with a wrong one, or with one that is not sent as it must be: 401', async () => {
    for (const one of withKey()) {
      const answers = await Promise.all([
        api.send(one.method.toUpperCase(), addressOf(one), { key: null }),
        api.send(one.method.toUpperCase(), addressOf(one), { key: 'errand_nobody_has_this_one' }),
        api.send(one.method.toUpperCase(), addressOf(one), {
          key: null,
          headers: { authorization: `Basic ${api.app.key}` },
        }),
      ]);
      for (const { status, headers, body } of answers) {
        expect([status, body.code, headers.get('www-authenticate')], one.path).toEqual([
          401,
          'UNAUTHENTICATED',
          'Bearer',
        ]);
      }
    }
  });

  test('with a key that may only read, whatever changes something: 403', async () => {
    for (const one of withKey().filter(({ method }) => method !== 'get')) {
      const { status, body } = await api.send(one.method.toUpperCase(), addressOf(one), {
        key: viewer,
        body: bodyOf(one),
      });
      expect([status, body.code], `${one.method} ${one.path}`).toEqual([403, 'FORBIDDEN']);
    }
    for (const one of withKey().filter(({ method }) => method === 'get')) {
      const { status } = await api.send('GET', addressOf(one), { key: viewer });
      expect([200, 404], one.path).toContain(status);
    }
  });

  test('of what does not exist: 404, whether the id has the right shape or not', async () => {
    for (const one of api.openApi.operations.filter(({ path }) => path.includes('{'))) {
      const key = one.operation.security.length > 0 ? api.app.key : null;
      const send = (path: string) => api.send(one.method.toUpperCase(), path, { key, body: bodyOf(one) });
      for (const id of [
        addressOf(one),
        one.path.replace(/\{\w+\}/, 'x'),
        one.path.replace(/\{\w+\}/, '%00'),
        one.path.replace(/\{\w+\}/, '%ff'),
      ]) {
        const { status, body } = await send(id);
        expect([status, body.code], `${one.method} ${id}`).toEqual([404, 'NOT_FOUND']);
      }
    }
  });

  test('asked for as something else: 406', async () => {
    for (const one of withKey()) {
      for (const accept of ['text/xml', 'application/json;q=0', 'image/*, text/csv;q=0.5']) {
        const { status } = await api.send(one.method.toUpperCase(), addressOf(one), { headers: { accept } });
        expect(status, `${one.path} as ${accept}`).toBe(406);
      }
    }
    for (const accept of [
      '*/*',
      'application/*',
      'text/xml, application/json;q=0.1',
      'APPLICATION/JSON',
      '',
    ]) {
      expect((await api.send('GET', '/api/v1/agents', { headers: { accept } })).status, accept).toBe(200);
    }
  });

  test('by another method: 405 with those there are; OPTIONS and HEAD are answered', async () => {
    const paths = [...new Set(api.openApi.operations.map(({ path }) => path))];
    for (const path of paths) {
      const operations = api.openApi.operations.filter((one) => one.path === path);
      const methods = operations.map(({ method }) => method.toUpperCase());
      const known = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
      const address = addressOf(operations[0] as Operation);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !known.includes(one))) {
        const { status, headers, body } = await api.send(method, address);
        expect([status, body.code, headers.get('allow')], `${method} ${path}`).toEqual([
          405,
          'METHOD_NOT_ALLOWED',
          known.join(', '),
        ]);
      }
      const options = await api.send('OPTIONS', address, { key: null });
      expect([options.status, options.text, options.headers.get('allow')]).toEqual([
        204,
        '',
        known.join(', '),
      ]);
      if (!methods.includes('GET')) continue;
      const [get, head] = await Promise.all([api.send('GET', address), api.send('HEAD', address)]);
      expect([head.status, head.text]).toEqual([get.status, '']);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      if (get.status === 200)
        expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    }
  });

  test('with a body that is not JSON by its type, or compressed: 415', async () => {
    for (const one of withBody()) {
      const send = (headers: Record<string, string>, raw = '{}') =>
        api.send(one.method.toUpperCase(), addressOf(one), { raw, headers });
      for (const headers of [
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/x-www-form-urlencoded' },
        { 'content-type': 'application/json; charset=latin1' },
        { ...JSON_TYPE, 'content-encoding': 'gzip' },
      ]) {
        const { status, body } = await send(headers as Record<string, string>);
        expect([status, body.code], `${one.path} ${JSON.stringify(headers)}`).toEqual([
          415,
          'UNSUPPORTED_MEDIA_TYPE',
        ]);
      }
    }
    const fine = await api.send('POST', '/api/v1/tasks', {
      raw: '{"title":"x"}',
      headers: { 'content-type': 'Application/JSON; Charset="UTF-8"' },
    });
    expect(fine.status).toBe(201);
  });

  test('with a body that is too large: 413, with a Content-Length or in chunks', async () => {
    const large = JSON.stringify({ title: 'x', description: 'x'.repeat(1024 * 1024) });
    for (const one of withBody()) {
      const method = one.method.toUpperCase();
      const told = await api.send(method, addressOf(one), { raw: large, headers: JSON_TYPE });
      expect([told.status, told.body.code], one.path).toEqual([413, 'BODY_TOO_LARGE']);
      const streamed = await api.send(method, addressOf(one), {
        raw: new Blob([large]).stream(),
        headers: JSON_TYPE,
      });
      expect([streamed.status, streamed.body.code], one.path).toEqual([413, 'BODY_TOO_LARGE']);
    }
    const small = await api.send('POST', '/api/v1/tasks', {
      raw: new Blob(['{"title":"in chunks"}']).stream(),
      headers: JSON_TYPE,
    });
    expect(small.status).toBe(201);
  });

  test('with a body that is not JSON: 400, with the problem and its position', async () => {
    const bytes = (...parts: (string | number[])[]): Blob =>
      new Blob(parts.map((part) => (typeof part === 'string' ? part : new Uint8Array(part))));
    for (const [name, raw, pointer, says] of [
      ['twice', '{"title":"a","title":"b"}', '/title', /Duplicate key "title" .*line 1, column 14/],
      ['twice by an escape', '{"title":"a","titl\\u0065":"b"}', '/title', /Duplicate key "title"/],
      ['twice below', '{"answer":[{"a":1,"b":{"c":1,"c":2}}]}', '/answer/0/b/c', /Duplicate key "c"/],
      ['infinite', '{"priority":1e400}', '/priority', /too large/],
      ['__proto__', '{"__proto__":{"title":"x"}}', '/__proto__', /__proto__/],
      ['trailing', '{"title":"a"} x', '', /after the JSON value/],
      ['two values', '{"title":"a"}{"title":"b"}', '', /after the JSON value/],
      ['trailing comma', '{"title":"a",}', '', /name/],
      ['comment', '{"title":"a"/* x */}', '', /comma/],
      ['single quotes', "{'title':'a'}", '', /name/],
      ['NaN', '{"priority":NaN}', '/priority', /value/],
      ['leading zero', '{"priority":01}', '', /comma/],
      ['control character', '{"title":"a\nb"}', '/title', /control/],
      ['bad escape', '{"title":"\\x"}', '/title', /escape/],
      ['cut off', '{"title":"a', '/title', /Unterminated string/],
      ['mark', '\ufeff{"title":"a"}', '', /byte order mark/],
      ['blank', '   ', '', /Unexpected end/],
      ['not UTF-8', bytes('{"title":"', [0xff, 0xfe], '"}'), '', /UTF-8/],
      ['deep', `{"answer":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, '', /nested deeper/],
      ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, '', /nested deeper/],
    ] as const) {
      for (const one of withBody()) {
        const { status, body } = await api.send(one.method.toUpperCase(), addressOf(one), {
          raw,
          headers: JSON_TYPE,
        });
        expect([status, body.code], `${name}: ${one.path}`).toEqual([400, 'MALFORMED_REQUEST']);
        expect(body.errors[0].pointer, name).toBe(pointer);
        expect(body.detail, name).toMatch(says);
      }
    }
  });

  test('with a body of another shape: 422, with each wrong field', async () => {
    for (const one of withBody()) {
      for (const body of [null, [], 'text', 7, true, { nobody_knows_this_field: 1 }]) {
        const { status, body: problem } = await api.send(one.method.toUpperCase(), addressOf(one), { body });
        expect([status, problem.code], `${one.path} ${JSON.stringify(body)}`).toEqual([422, 'VALIDATION']);
        expect(problem.errors.length).toBeGreaterThan(0);
      }
      const misspelt = { ...(bodyOf(one) as object), nobody_knows_this_field: 1 };
      const { status, body: problem } = await api.send(one.method.toUpperCase(), addressOf(one), {
        body: misspelt,
      });
      expect(status, one.path).toBe(422);
      expect(problem.errors).toEqual([{ pointer: '/nobody_knows_this_field', message: 'unknown field' }]);
    }
  });
});

test('an address that is not there is a 404, and never a 500', async () => {
  for (const path of [
    '/api/',
    '/api/v1',
    '/api/v2/tasks',
    '/api/v1/tasks/',
    '/api/v1//tasks',
    '/api/v1/%2e%2e/graphql',
    '/problems/',
    '/problems/nothing',
    '/webhooks/',
    '/webhooks/a/b',
    '/api/v1/tasks%00',
    '/api/%',
  ]) {
    const { status, body } = await api.send('GET', path);
    expect([status, body.code], path).toEqual([404, 'NOT_FOUND']);
  }
});

test('every problem is explained under its type, for programs and for people', async () => {
  const { enum: codes } = api.openApi.document.components.schemas.Problem.properties.code;
  expect(codes.length).toBeGreaterThan(15);
  for (const code of codes) {
    const path = `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
    const json = await api.send('GET', path, { key: null });
    expect(json.body).toMatchObject({
      type: path,
      code,
      title: expect.any(String),
      description: expect.any(String),
    });
    const page = await api.send('GET', path, { key: null, headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).toContain(json.body.title);
  }
});

test('a request id that is sane is kept, and any other is replaced', async () => {
  const own = await api.send('GET', '/api/v1/nothing', { headers: { 'x-request-id': 'trace-1.a:b/c' } });
  expect([own.headers.get('x-request-id'), own.body.request_id]).toEqual(['trace-1.a:b/c', 'trace-1.a:b/c']);
  for (const insane of ['a b', '<script>', 'x'.repeat(129), '"']) {
    const other = await api.send('GET', '/api/v1/nothing', { headers: { 'x-request-id': insane } });
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('browsers of the origins that are listed may call, and no other', async () => {
  const origin = 'https://app.example.com';
  await using shared = await restApi({ environment: { ERRAND_ALLOWED_ORIGINS: origin } });
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const asked = await shared.send('OPTIONS', '/api/v1/tasks', {
    key: null,
    headers: { origin, ...preflight },
  });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
  expect(asked.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  const answered = await shared.send('GET', '/api/v1/agents', { headers: { origin } });
  expect(answered.headers.get('access-control-allow-origin')).toBe(origin);
  expect(answered.headers.get('access-control-expose-headers')).toContain('etag');
  expect(answered.headers.get('vary')).toContain('Origin');
  const refused = await shared.send('GET', '/api/v1/agents', { key: null, headers: { origin } });
  expect(refused.headers.get('access-control-allow-origin'), 'a problem can be read, too').toBe(origin);
  const stranger = await shared.send('OPTIONS', '/api/v1/tasks', {
    key: null,
    headers: { origin: 'https://evil.example', ...preflight },
  });
  expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
});
