import { readFile } from 'node:fs/promises';
import { buildSchema, type GraphQLArgument, isInputObjectType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { snakeCase } from '../../../src/core/snake-case.ts';
import { endpointsOf } from '../../../src/rest/app.ts';
import { openApiDocument } from '../../../src/rest/docs/openapi.ts';
import type { RestServices } from '../../../src/rest/services.ts';

/** Each list of both APIs: the GraphQL field (type and name) and the REST path. */
const LISTS = [
  ['Query.tasks', '/api/v1/tasks'],
  ['Query.taskEvents', '/api/v1/events'],
  ['Subscription.taskEvents', '/api/v1/events'],
  ['Task.history', '/api/v1/tasks/{id}/events'],
  ['Run.steps', '/api/v1/tasks/{id}/steps'],
  ['Query.triggers', '/api/v1/triggers'],
  ['CronTrigger.occurrences', '/api/v1/triggers/{id}/occurrences'],
  ['Query.deliveries', '/api/v1/deliveries'],
  ['Query.webhookEndpoints', '/api/v1/webhook-endpoints'],
  ['Query.agents', '/api/v1/agents'],
] as const;

/** GraphQL's name of a filter where it is not REST's in camelCase. */
const OTHER_NAMES: Readonly<Record<string, string>> = { text: 'q' };
/** Where a page begins and in what order, not what is in it. */
const PAGING = ['first', 'last', 'after', 'after_seq', 'before', 'order_by', 'limit', 'cursor'];

const document = openApiDocument(endpointsOf({} as RestServices)) as unknown as {
  paths: Record<string, { get?: { parameters?: { in: string; name: string }[] } }>;
};
const schema = buildSchema(await readFile('schema.graphql', 'utf8'));

function argumentsOf(place: string): readonly GraphQLArgument[] {
  const [type = '', name = ''] = place.split('.');
  const found = schema.getType(type);
  const field = isObjectType(found) ? found.getFields()[name] : undefined;
  if (!field) throw new Error(`no field ${place}`);
  return field.args;
}

function graphQLFilters(place: string): string[] {
  return argumentsOf(place)
    .flatMap(({ name, type }) =>
      name === 'filter' && isInputObjectType(type) ? Object.keys(type.getFields()) : [name],
    )
    .map((name) => OTHER_NAMES[name] ?? snakeCase(name))
    .filter((name) => !PAGING.includes(name))
    .sort();
}

function restFilters(path: string): string[] {
  const operation = document.paths[path]?.get;
  if (!operation) throw new Error(`no GET ${path}`);
  return (operation.parameters ?? [])
    .filter((one) => one.in === 'query' && !PAGING.includes(one.name))
    .map(({ name }) => name)
    .sort();
}

test.each(LISTS)('%s and GET %s have the same filters', (place, path) => {
  expect(restFilters(path)).toEqual(graphQLFilters(place));
});

test('no list and no filter is missing from the comparison', () => {
  const paged = Object.entries(document.paths)
    .filter(([, { get }]) => get?.parameters?.some(({ name }) => name === 'cursor'))
    .map(([path]) => path);
  expect(LISTS.map(([, path]) => path)).toEqual(expect.arrayContaining(paged));
  const inputs = Object.keys(schema.getTypeMap()).filter((name) => name.endsWith('Filter'));
  const compared = LISTS.flatMap(([place]) => argumentsOf(place).map(({ type }) => String(type)));
  expect(inputs.length).toBeGreaterThan(3);
  expect(compared).toEqual(expect.arrayContaining(inputs));
});
