import { readFile } from 'node:fs/promises';
import { buildSchema, isInterfaceType, isObjectType, lexicographicSortSchema, printSchema } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';

const sorted = (value: typeof schema): string => printSchema(lexicographicSortSchema(value));

test('schema.graphql is what the code prints: run `npm run codegen` after a change', async () => {
  expect(sorted(buildSchema(await readFile('schema.graphql', 'utf8')))).toBe(sorted(schema));
});

test('the names that clients rely on exist', () => {
  const sdl = sorted(schema);
  const enumOf = (name: string): string[] =>
    (schema.getType(name) as unknown as { getValues(): { name: string }[] })
      .getValues()
      .map(({ name }) => name)
      .sort();
  expect(enumOf('TaskStatus')).toEqual([
    'CANCELLED',
    'COMPLETED',
    'FAILED',
    'IN_PROGRESS',
    'NEEDS_INPUT',
    'PENDING',
  ]);
  expect(enumOf('TaskSource')).toEqual(['AGENT', 'API', 'CRON', 'DASHBOARD', 'WEBHOOK']);
  expect(enumOf('OverlapPolicy')).toEqual(['ALLOW', 'QUEUE', 'SKIP']);
  expect(enumOf('MisfirePolicy')).toEqual(['ALL', 'ONCE', 'SKIP']);
  expect(enumOf('VerifyScheme')).toEqual(['GITHUB', 'HEADER', 'NONE', 'SLACK', 'STANDARD', 'STRIPE']);
  expect(enumOf('OccurrenceOutcome')).toEqual(['FAILED', 'FIRED', 'REFUSED', 'SKIPPED']);
  expect(enumOf('ErrorCode')).toEqual([
    'FORBIDDEN',
    'IDEMPOTENCY_KEY_REUSED',
    'ILLEGAL_TRANSITION',
    'LEASE_HELD',
    'NOT_FOUND',
    'NOT_WAITING',
    'VALIDATION',
    'VERSION_CONFLICT',
  ]);
  for (const name of [
    'createTask',
    'updateTask',
    'startTask',
    'completeTask',
    'failTask',
    'requestTaskInput',
    'provideTaskInput',
    'cancelTask',
    'retryTask',
    'createCronTrigger',
    'createWebhookTrigger',
    'updateTrigger',
    'pauseTrigger',
    'resumeTrigger',
    'deleteTrigger',
    'fireTrigger',
    'redeliver',
    'createWebhookEndpoint',
    'updateWebhookEndpoint',
    'deleteWebhookEndpoint',
  ]) {
    const capitalized = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    expect(schema.getMutationType()?.getFields()[name]?.type.toString()).toBe(`${capitalized}Result!`);
    expect(
      schema
        .getMutationType()
        ?.getFields()
        [name]?.args.map(({ name }) => name),
    ).toEqual(['input']);
    expect(sdl).toMatch(new RegExp(`union ${capitalized}Result =[^"]*\\b${capitalized}Payload\\b`));
  }
  expect(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort()).toEqual(
    [
      'agents',
      'apiKeys',
      'deliveries',
      'delivery',
      'node',
      'nodes',
      'previewCron',
      'task',
      'taskEvents',
      'taskStats',
      'tasks',
      'trigger',
      'triggers',
      'viewer',
      'webhookEndpoints',
      'workers',
    ].sort(),
  );
  expect(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).sort()).toEqual([
    'runSteps',
    'task',
    'taskEvents',
  ]);
});

test('a secret leaves only in the answers that make one', () => {
  const places: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const name of Object.keys(type.getFields())) {
      if (/secret/i.test(name)) places.push(`${type.name}.${name}`);
    }
  }
  expect(places.sort()).toEqual([
    'CreateApiKeyPayload.secret',
    'CreateWebhookEndpointPayload.secret',
    'CreateWebhookTriggerPayload.secret',
    'UpdateWebhookEndpointPayload.secret',
    'WebhookEndpoint.secretCount',
    'WebhookTrigger.hasSecret',
    'WebhookTrigger.secretCount',
  ]);
});
