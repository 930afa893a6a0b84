import { buildSchema, type GraphQLObjectType, parse } from 'graphql';
import { expect, test } from 'vitest';
import { schema as api } from '../../../../src/graphql/schema.ts';
import { formOf, PERSONAL, START } from '../../../../src/graphql/streams/form.ts';

const schema = buildSchema(`
  type Query { self: Person! }
  type Person { name: String! }
  type Event { id: ID! viewer: String! badge: String! related(after: String): [Event!]! }
  type Subscription { events(after: String, before: String): Event! }
`);
const event = schema.getType('Event') as GraphQLObjectType;
const { events } = schema.getSubscriptionType()?.getFields() ?? {};
Object.assign(event.getFields()['badge'] ?? {}, { extensions: PERSONAL });
Object.assign(events?.args[0] ?? {}, { extensions: START });

const form = (source: string, variableValues: Record<string, unknown> = {}, operationName?: string) =>
  formOf({ schema, document: parse(source), variableValues, ...(operationName && { operationName }) });

test('documents that differ only in layout have one form, and others have not', () => {
  const one = form('subscription { events { id } }');
  expect(form('subscription {\n  events {\n    id } }')).toBe(one);
  expect(form('subscription { events { id viewer } }')).not.toBe(one);
  const both = 'subscription A { events { id } } subscription B { events { viewer } }';
  expect(form(both, {}, 'A')).not.toBe(form(both, {}, 'B'));
});

test('an operation that selects a personal field is not shared, wherever and under whatever name', () => {
  for (const selection of [
    'badge',
    'id: badge',
    'related { related { badge } }',
    '... { badge }',
    '... on Event @include(if: true) { badge }',
    '...more',
  ]) {
    const source = `subscription { events { ${selection} } } fragment more on Event { related { badge } }`;
    expect(form(source), selection).toBeUndefined();
  }
});

test('the name of a field decides nothing', () => {
  expect(form('subscription { events { viewer } }')).toBeDefined();
  expect(form('subscription { events { badge: viewer } }')).toBeDefined();
});

test('a variable for the start position is not part of the form, any other variable is', () => {
  const start = 'subscription($a: String) { events(after: $a) { id } }';
  expect(form(start, { a: '1' })).toBe(form(start, { a: '2' }));
  for (const source of [
    'subscription($a: String) { events(before: $a) { id } }',
    'subscription($a: String) { events(after: $a) { related(after: $a) { id } } }',
    'subscription($a: String) { events { related(after: $a) { id } } }',
  ]) {
    expect(form(source, { a: '1' }), source).not.toBe(form(source, { a: '2' }));
  }
});

test("in the API's schema the viewer is personal, and `after` of each stream is where it begins", () => {
  expect(api.getQueryType()?.getFields()['viewer']?.extensions).toMatchObject(PERSONAL);
  for (const field of Object.values(api.getSubscriptionType()?.getFields() ?? {})) {
    for (const { name, extensions } of field.args) {
      expect(extensions['start'] === true, `${field.name}(${name})`).toBe(name === 'after');
    }
  }
});
