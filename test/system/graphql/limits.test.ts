import { expect, test } from 'vitest';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function deepQuery(levels: number): string {
  return `{ tasks { nodes ${'{ parent '.repeat(levels)} { id } ${'}'.repeat(levels)} } }`;
}

async function refused(api: TestApi, query: string, variables = {}): Promise<string> {
  const before = api.statements.length;
  const answer = await api.ask(query, variables);
  expect(answer.data ?? null, 'nothing is answered').toBeNull();
  expect(api.statements.slice(before), 'nothing is read').toEqual([]);
  expect(answer.status).toBeLessThan(500);
  expect(answer.errors?.[0].extensions?.code, JSON.stringify(answer.errors)).toBeTypeOf('string');
  return answer.errors?.[0].message;
}

test('a query that is too deep, too long, too wide or too repetitive is refused before any work', async () => {
  await using api = await testApi();
  await api.settled();
  expect(await refused(api, deepQuery(9_000))).toMatch(/token/i);
  expect(await refused(api, deepQuery(30))).toMatch(/depth/i);
  const aliases = (count: number): string =>
    `{ ${Array.from({ length: count }, (_, n) => `a${n}: taskStats { total }`).join(' ')} }`;
  expect(await refused(api, aliases(20_000))).toMatch(/token/i);
  expect(await refused(api, aliases(100))).toMatch(/alias/i);
  expect(await refused(api, `{ taskStats { total ${'@a '.repeat(300)} } }`)).toMatch(/directive/i);
  expect(await refused(api, `{ taskStats ${'@skip(if: false) '.repeat(3_000)} { total } }`)).toMatch(
    /token/i,
  );
});

test('a fragment that calls itself is refused', async () => {
  await using api = await testApi();
  await api.settled();
  const cycle =
    'query { tasks { nodes { ...A } } } fragment A on Task { parent { ...B } } fragment B on Task { parent { ...A } }';
  expect(await refused(api, cycle)).toMatch(/itself/);
});

test('depth through fragments counts as depth', async () => {
  await using api = await testApi();
  await api.settled();
  const fragments = Array.from(
    { length: 30 },
    (_, n) => `fragment F${n} on Task { parent { ...F${n + 1} } }`,
  ).join(' ');
  expect(
    await refused(api, `{ tasks { nodes { ...F0 } } } ${fragments} fragment F30 on Task { id }`),
  ).toMatch(/depth/i);
});

test('pages that multiply cost what they multiply to, with variables too', async () => {
  await using api = await testApi();
  await api.settled();
  const nested =
    'query ($n: Int) { tasks(first: $n) { nodes { history(first: $n) { nodes { task { history(first: $n) { nodes { id } } } } } } } }';
  expect(await refused(api, nested, { n: 100 })).toMatch(/Operation too large/);
  const { errors } = await api.ask(nested, { n: 2 });
  expect(errors).toBeUndefined();
});

test.each([
  ['first: 100000', /0 to 100/],
  ['first: -1', /0 to 100/],
  ['last: 101', /0 to 100/],
  ['first: 1, last: 1', /not both/],
])('tasks(%s) is refused as a validation', async (args, message) => {
  await using api = await testApi();
  const { errors } = await api.ask(`{ tasks(${args}) { nodes { id } } }`);
  expect(errors?.[0]).toMatchObject({
    extensions: { code: 'VALIDATION' },
    message: expect.stringMatching(message),
  });
});

test.each(['nonsense', 'AAAA', '', '9'.repeat(30), '-1', '0x10'])(
  'the cursor "%s" is BAD_CURSOR',
  async (after) => {
    await using api = await testApi();
    for (const field of ['tasks', 'taskEvents']) {
      const { errors } = await api.ask(
        `query ($after: String) { ${field}(after: $after) { nodes { id } } }`,
        { after },
      );
      expect(errors?.[0].extensions.code, field).toBe('BAD_CURSOR');
    }
  },
);

test('several operations in one request are refused', async () => {
  await using api = await testApi();
  const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]);
  const response = await api.send({ method: 'POST', headers: JSON_TYPE, body });
  expect(response.status).toBe(400);
});

test('introspection needs a key, and with one it gives the whole schema', async () => {
  await using api = await testApi();
  const { getIntrospectionQuery } = await import('graphql');
  const query = getIntrospectionQuery({
    descriptions: true,
    inputValueDeprecation: true,
    schemaDescription: true,
  });
  expect((await api.ask(query, {}, 'nobody')).status).toBe(401);
  const { data, errors } = await api.ask(query);
  expect(errors).toBeUndefined();
  expect(data.__schema.types.length).toBeGreaterThan(50);
});
