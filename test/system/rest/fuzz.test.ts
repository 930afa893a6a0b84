import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutated, parameterText, soundValue } from '../../fixtures/generated-requests.ts';
import type { Json, Operation } from '../../fixtures/open-api.ts';
import { type RestApi, restApi } from '../../fixtures/rest-api.ts';

/** In all, however slow the machine. */
const BUDGET_MS = 18_000;
const MAX_ADDRESS = 12_000;

let api: RestApi;
/** Ids that exist, by the noun of the path. */
const known: Record<string, string[]> = {};
beforeAll(async () => {
  api = await restApi();
  known['tasks'] = [];
  for (let n = 0; n < 5; n += 1) known['tasks'].push((await api.createTask()).id);
  const made = await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'webhook', name: 'fuzzed', path: 'fuzzed', verify: 'none', title: '{{ body }}' },
  });
  const cron = await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'cron', name: 'later', cron: '@yearly', title: 'x' },
  });
  known['triggers'] = [made.body.id, cron.body.id];
  const received = await api.send('POST', '/webhooks/fuzzed', {
    raw: '{}',
    headers: { 'content-type': 'application/json' },
  });
  known['deliveries'] = [received.body.delivery_id];
  const endpoint = await api.send('POST', '/api/v1/webhook-endpoints', {
    body: { url: 'https://example.invalid/' },
  });
  known['webhook-endpoints'] = [endpoint.body.id];
  known['webhooks'] = ['fuzzed'];
});
afterAll(() => api[Symbol.asyncDispose]());

interface Fuzzed {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly raw: string | undefined;
}

function requestOf({ path, operation }: Operation): fc.Arbitrary<Fuzzed> {
  const parameters: Json[] = operation.parameters ?? [];
  const noun = path.split('/')[path.startsWith('/api/') ? 3 : 1] ?? '';
  const id = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(known[noun] ?? ['x'])) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('x', 'task_01kavh8xa3f0ytqc2w4s0jxm7e', '%00', '%2e%2e%2f', '😀', 'a%2fb'),
    },
  );
  const query = fc.record(
    Object.fromEntries(
      parameters
        .filter((one) => one.in === 'query')
        .map((one) => [one.name, parameterText(api.openApi, one.schema)]),
    ),
    { requiredKeys: [] },
  );
  const headers = fc.record(
    Object.fromEntries(
      parameters
        // A wait would take the time of all the rest.
        .filter((one) => one.in === 'header' && one.name !== 'prefer')
        .map((one) => [
          one.name,
          fc.string({
            maxLength: 30,
            unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
          }),
        ]),
    ),
    { requiredKeys: [] },
  );
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const sound = schema ? soundValue(api.openApi, schema) : undefined;
  const body = sound ? fc.oneof(sound, mutated(sound)) : fc.constant(undefined);
  const raw = operation.requestBody?.content?.['*/*'] ? fc.json() : fc.constant(undefined);
  const requests = fc.record({ id, query, headers, body, raw }).map((one) => {
    const search = new URLSearchParams(one.query as Record<string, string>).toString();
    const address = path.replace(/\{\w+\}/, one.id);
    return {
      path: search ? `${address}?${search}` : address,
      headers: one.headers as Record<string, string>,
      body: one.body,
      raw: one.raw,
    };
  });
  // What is longer than 16 KiB with its headers never reaches us: Node itself answers 431.
  return requests.filter((one) => one.path.length < MAX_ADDRESS);
}

test('whatever is sent to any operation: no 5xx, no bad body accepted, every answer as the document has it', async () => {
  // What deletes comes last: the others need something to work on.
  const operations = [...api.openApi.operations].sort(
    (a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'),
  );
  const endMs = performance.now() + BUDGET_MS;
  const statuses = new Map<number, number>();
  for (const [index, one] of operations.entries()) {
    const schema = one.operation.requestBody?.content?.['application/json']?.schema;
    // A share of what is left, so that a slow machine tries fewer of each rather than the first ones only.
    const shareMs = (endMs - performance.now()) / (operations.length - index);
    await fc.assert(
      fc.asyncProperty(requestOf(one), async ({ path, headers, body, raw }) => {
        const answer = await api.send(one.method.toUpperCase(), path, {
          headers: { ...headers, ...(raw !== undefined && { 'content-type': 'application/json' }) },
          ...(body !== undefined && { body }),
          ...(raw !== undefined && { raw }),
        });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expect(answer.status, answer.text).toBeLessThan(500);
        if (body === undefined || answer.status >= 400) return;
        const name = (schema.$ref ?? '').split('/').at(-1);
        expect(
          api.openApi.faultOf(`/components/schemas/${name}`, body),
          `${one.path} took ${JSON.stringify(body)}`,
        ).toBeUndefined();
      }),
      { numRuns: 150, interruptAfterTimeLimit: Math.max(50, shareMs), markInterruptAsFailure: false },
    );
  }
  // The fuzz itself must reach what it is about.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 202, 400, 404, 409, 422]));
}, 60_000);
