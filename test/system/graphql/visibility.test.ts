import { type GraphQLField, getNamedType, isInterfaceType, isObjectType, isUnionType } from 'graphql';
import { expect, test, vi } from 'vitest';
import { ID_KINDS, type IdKind, newId } from '../../../src/core/ids.ts';
import { eventId } from '../../../src/domain/events.ts';
import type { Role } from '../../../src/domain/permissions.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { testApi } from '../../fixtures/graphql-api.ts';

/** A role that has no rights at all: every real one may at least read. */
const NOBODY = 'nobody' as Role;
vi.mock('../../../src/domain/permissions.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../../../src/domain/permissions.ts')>();
  const may: typeof real.may = (role, action) => role !== NOBODY && real.may(role, action);
  return { ...real, may };
});

/** What shows nothing that is kept: the caller itself, and arithmetic over the arguments. */
const FREE = ['previewCron', 'viewer'];

const ARGUMENTS: Record<string, string> = {
  node: `(id: "${newId('task')}")`,
  nodes: `(ids: ["${newId('task')}"])`,
  task: `(id: "${newId('task')}")`,
  trigger: `(id: "${newId('trigger')}")`,
  delivery: `(id: "${newId('delivery')}")`,
  previewCron: '(cron: "@daily")',
};

/** Enough of a field to have it resolve: of a page its items and its count. */
function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (isUnionType(type) || isInterfaceType(type)) return '{ __typename }';
  if (!isObjectType(type)) return '';
  const names = Object.keys(type.getFields());
  if (names.includes('nodes')) return '{ nodes { id } }';
  return names.includes('id') ? '{ id }' : '{ __typename }';
}

test('a caller without rights is refused by every field that reads', async () => {
  await using api = await testApi({ callers: { nobody: NOBODY } });
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
  const answered: string[] = [];
  for (const field of fields) {
    const query = `{ ${field.name}${ARGUMENTS[field.name] ?? ''} ${selectionOf(field)} }`;
    const { data, errors } = await api.ask(query, {}, 'nobody');
    if (!errors) answered.push(field.name);
    else
      expect(
        errors.map(({ extensions }) => extensions.code),
        query,
      ).toEqual(['FORBIDDEN']);
    expect(errors ? (data?.[field.name] ?? null) : null, query).toBeNull();
  }
  expect(answered.sort()).toEqual(FREE);
});

test('a caller without rights is refused by the node of every kind of id', async () => {
  await using api = await testApi({ callers: { nobody: NOBODY } });
  // An event's id is the task's with a number; a worker is no node.
  const kinds = (Object.keys(ID_KINDS) as IdKind[]).filter((kind) => kind !== 'worker' && kind !== 'event');
  const ids = [...kinds.map((kind) => newId(kind)), eventId({ taskId: newId('task'), seq: 1 })];
  for (const id of ids) {
    const { data, errors } = await api.ask('query ($id: ID!) { node(id: $id) { id } }', { id }, 'nobody');
    expect(errors?.[0].extensions.code, id).toBe('FORBIDDEN');
    expect(data?.node ?? null).toBeNull();
  }
});

test('API keys are shown to admins alone, in the list and by their id', async () => {
  await using api = await testApi();
  for (const query of ['{ apiKeys { id } }', `{ node(id: "${newId('apiKey')}") { id } }`]) {
    expect((await api.ask(query, {}, 'member')).errors?.[0].extensions.code, query).toBe('FORBIDDEN');
    expect((await api.ask(query, {}, 'admin')).errors, query).toBeUndefined();
  }
});

test('a subscription of a task or of its steps is refused to a caller without rights', async () => {
  await using api = await testApi({ callers: { nobody: NOBODY } });
  for (const field of [
    `task(id: "${newId('task')}") { id }`,
    `runSteps(taskId: "${newId('task')}") { seq }`,
  ]) {
    const response = await api.send({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: 'Bearer nobody',
      },
      body: JSON.stringify({ query: `subscription { ${field} }` }),
    });
    expect(await response.text(), field).toContain('FORBIDDEN');
  }
});
