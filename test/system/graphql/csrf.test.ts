import { expect, test } from 'vitest';
import { testApi } from '../../fixtures/graphql-api.ts';

const CREATE = 'mutation { createTask(input: { title: "by a form" }) { __typename } }';

async function taskCount(api: Awaited<ReturnType<typeof testApi>>): Promise<number> {
  const { rows } = await api.pool.query('select count(*)::int as count from tasks');
  return rows[0].count;
}

test.each([
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, `query=${encodeURIComponent(CREATE)}`],
  ['plain text', { 'content-type': 'text/plain' }, JSON.stringify({ query: CREATE })],
  ['application/graphql', { 'content-type': 'application/graphql' }, CREATE],
  ['no type at all', {}, new TextEncoder().encode(JSON.stringify({ query: CREATE }))],
])('a mutation sent as %s is refused and makes nothing', async (_name, headers, body) => {
  await using api = await testApi();
  const response = await api.send({ method: 'POST', headers, body });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }],
  });
  expect(await taskCount(api)).toBe(0);
});

test('a mutation sent as multipart is refused and makes nothing', async () => {
  await using api = await testApi();
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: CREATE }));
  form.set('map', '{}');
  const response = await api.send({ method: 'POST', body: form });
  expect(response.status).toBe(415);
  expect(await taskCount(api)).toBe(0);
});

test('a mutation by GET is refused and makes nothing, a query by GET is answered', async () => {
  await using api = await testApi();
  const get = (query: string) =>
    api.send({
      path: `/graphql?query=${encodeURIComponent(query)}`,
      headers: { accept: 'application/json' },
    });
  const mutation = await get(CREATE);
  expect(mutation.status).toBe(405);
  expect(await taskCount(api)).toBe(0);
  expect(await (await get('{ taskStats { total } }')).json()).toEqual({ data: { taskStats: { total: 0 } } });
});

test.each([undefined, '', 'nobody', 'Basic bWVtYmVy', 'Bearer '])(
  'without a valid key (%s) nothing is parsed, and the answer is 401',
  async (authorization) => {
    await using api = await testApi();
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: '{ no JSON',
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  },
);

test('only an allowed origin may read the answer, also after a preflight', async () => {
  await using api = await testApi({ allowedOrigins: ['https://app.example', 'https://other.example'] });
  const ask = (origin: string, method: string) =>
    api.send({
      method,
      headers: { origin, 'content-type': 'application/json', 'access-control-request-method': 'POST' },
      ...(method === 'POST' && { body: JSON.stringify({ query: '{ __typename }' }) }),
    });
  for (const method of ['OPTIONS', 'POST']) {
    const allowed = await ask('https://app.example', method);
    expect(allowed.headers.get('access-control-allow-origin'), method).toBe('https://app.example');
    const foreign = await ask('https://evil.example', method);
    expect(foreign.headers.get('access-control-allow-origin') ?? 'null', method).toBe('null');
  }
});

test('without allowed origins no page from elsewhere may read anything', async () => {
  await using api = await testApi();
  const response = await api.send({
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});
