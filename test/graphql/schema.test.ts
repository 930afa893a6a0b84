import { readFile } from 'node:fs/promises';
import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';

const sorted = (value: typeof schema): string => printSchema(lexicographicSortSchema(value));

test('schema.graphql is what the code prints: run `npm run codegen` after a change', async () => {
  expect(sorted(buildSchema(await readFile('schema.graphql', 'utf8')))).toBe(sorted(schema));
});

test('the names that clients rely on are there', () => {
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
      'node',
      'nodes',
      'task',
      'taskEvents',
      'taskStats',
      'tasks',
      'viewer',
      'workers',
    ].sort(),
  );
  expect(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).sort()).toEqual([
    'runSteps',
    'task',
    'taskEvents',
  ]);
});
