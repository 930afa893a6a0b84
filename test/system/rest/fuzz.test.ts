import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutated, parameterText, soundText, soundValue } from '../../fixtures/generated-requests.ts';
import type { Json, Operation } from '../../fixtures/open-api.ts';
import { type Answer, type RestApi, restApi } from '../../fixtures/rest-api.ts';

/** In all, however slow the machine. */
const BUDGET_MS = 18_000;
/** Of each operation at least. */
const MIN_REQUESTS = 5;
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
  /** True: all of it is what the document allows. */
  readonly isSound: boolean;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly raw: string | undefined;
}

/**
 * Why a request that the document allows may still be refused with 400 or 422, as `place: message`: because of what is
 * stored, or in a language of its own that no JSON schema checks. Anything else is a rule that the document lacks.
 */
const REASONS: Readonly<Record<string, readonly RegExp[]>> = {
  '*': [/^BAD_CURSOR/, /^IDEMPOTENCY_KEY_REUSED/],
  createTask: [/^agent: /, /^parent_id: /, /^source: /],
  updateTask: [/^agent: /],
  createTrigger: [
    /^name: .*(?:taken|used|already|another|exists)/,
    /^agent: /,
    /^(?:title|description): line \d+, column \d+/,
    /^when: /,
    /^(?:cron|timezone|check_url|misfire_window|misfire_window_seconds): /,
    /^(?:path|webhook): /,
    /^(?:verify_header|secrets?)/,
  ],
  createWebhookEndpoint: [/^url: /, /^body: the maximum of 50 endpoints/],
  updateWebhookEndpoint: [/^url: /, /^reason: is only/, /^drop_old_secret: /],
  fireTrigger: [/^sample: is (?:required|only for webhooks)/],
  previewCron: [/^(?:cron|timezone): /],
  // The trigger's templates or its condition failed on this body.
  receiveWebhook: [/^body: .* dlv_\w+.*/],
};
const reasonsOf = (operationId: string): readonly RegExp[] => [
  ...(REASONS['*'] ?? []),
  ...(REASONS[operationId] ?? []),
  ...(operationId === 'updateTrigger'
    ? [...(REASONS['createTrigger'] ?? []), /belongs to a (?:webhook|cron trigger)/]
    : []),
];

/** What is wrong with a refusal of a sound request: the reasons that the document lacks. */
function unfounded(operationId: string, { status, body }: Answer): string[] {
  if (status !== 400 && status !== 422) return [];
  const errors: Json[] = body.errors ?? [{ message: body.detail }];
  const found = errors.map(({ pointer, parameter, message }) =>
    body.code === 'VALIDATION'
      ? `${parameter ?? (pointer?.slice(1) || 'body')}: ${message}`
      : `${body.code}: ${message}`,
  );
  return found.filter((one) => !reasonsOf(operationId).some((reason) => reason.test(one)));
}

function requestOf({ path, operation }: Operation, isSound: boolean): fc.Arbitrary<Fuzzed> {
  const parameters: Json[] = operation.parameters ?? [];
  const noun = path.split('/')[path.startsWith('/api/') ? 3 : 1] ?? '';
  const id = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(known[noun] ?? ['x'])) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('x', 'task_01kavh8xa3f0ytqc2w4s0jxm7e', '%00', '%2e%2e%2f', '😀', 'a%2fb'),
    },
  );
  const required = parameters.filter((one) => one.in === 'query' && one.required).map(({ name }) => name);
  const query = fc.record(
    Object.fromEntries(
      parameters
        .filter((one) => one.in === 'query')
        .map((one) => [one.name, (isSound ? soundText : parameterText)(api.openApi, one.schema)]),
    ),
    { requiredKeys: (isSound ? required : []) as never[] },
  );
  const headers = fc.record(
    Object.fromEntries(
      parameters
        // A wait would take the time of all the rest.
        .filter((one) => one.in === 'header' && one.name !== 'prefer')
        .map((one) => [
          one.name,
          isSound && one.schema.pattern !== undefined
            ? soundText(api.openApi, one.schema)
            : fc.string({
                maxLength: 30,
                unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
              }),
        ]),
    ),
    { requiredKeys: [] },
  );
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const sound = schema ? soundValue(api.openApi, schema) : undefined;
  const body = sound ? (isSound ? sound : fc.oneof(sound, mutated(sound))) : fc.constant(undefined);
  const raw = operation.requestBody?.content?.['*/*'] ? fc.json() : fc.constant(undefined);
  const requests = fc.record({ id, query, headers, body, raw }).map((one) => {
    const search = new URLSearchParams(one.query as Record<string, string>).toString();
    const address = path.replace(/\{\w+\}/, one.id);
    return {
      isSound,
      path: search ? `${address}?${search}` : address,
      headers: one.headers as Record<string, string>,
      body: one.body,
      raw: one.raw,
    };
  });
  // What is longer than 16 KiB with its headers never reaches us: Node itself answers 431.
  return requests.filter((one) => one.path.length < MAX_ADDRESS);
}

test('whatever is sent to any operation: no 5xx, no bad body accepted, no good request refused for its form, every answer as the document has it', async () => {
  // What deletes comes last: the others need something to work on.
  const operations = [...api.openApi.operations].sort(
    (a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'),
  );
  const endMs = performance.now() + BUDGET_MS;
  const statuses = new Map<number, number>();
  for (const [index, one] of operations.entries()) {
    const schema = one.operation.requestBody?.content?.['application/json']?.schema;
    // A share of what is left, so that a slow machine tries fewer of each rather than the first ones only.
    const untilMs = performance.now() + (endMs - performance.now()) / (operations.length - index);
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(requestOf(one, true), requestOf(one, false)),
        async ({ isSound, path, headers, body, raw }) => {
          // However slow the machine, a few of each are tried.
          if (sent >= MIN_REQUESTS && performance.now() > untilMs) return;
          sent += 1;
          const answer = await api.send(one.method.toUpperCase(), path, {
            headers: { ...headers, ...(raw !== undefined && { 'content-type': 'application/json' }) },
            ...(body !== undefined && { body }),
            ...(raw !== undefined && { raw }),
          });
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          expect(answer.status, answer.text).toBeLessThan(500);
          if (isSound && body !== undefined) {
            const name = (schema.$ref ?? '').split('/').at(-1);
            expect(api.openApi.faultOf(`/components/schemas/${name}`, body), 'the generator').toBeUndefined();
          }
          if (isSound)
            expect(
              unfounded(one.operation.operationId, answer),
              JSON.stringify({ path, headers, body }),
            ).toEqual([]);
          if (body === undefined || answer.status >= 400) return;
          const name = (schema.$ref ?? '').split('/').at(-1);
          expect(
            api.openApi.faultOf(`/components/schemas/${name}`, body),
            `${one.path} took ${JSON.stringify(body)}`,
          ).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  }
  // The fuzz itself must reach what it is about.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 202, 400, 404, 409, 422]));
}, 60_000);
