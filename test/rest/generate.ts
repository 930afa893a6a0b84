import fc from 'fast-check';
import type { Json, OpenApi } from './document.ts';

const NASTY_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '𝒳'.repeat(600),
  'x'.repeat(70_000),
  '__proto__',
  'constructor',
  "'; drop table tasks; --",
  '%00',
  '{{ 1 | divided_by: 0 }}',
  '\u202e\u0007',
  '9'.repeat(400),
  'null',
  '../../etc/passwd',
];
const NASTY_NUMBERS = [
  1e308,
  -1e308,
  5e-324,
  2 ** 53,
  -(2 ** 53) - 2,
  2 ** 31,
  -0.5,
  99_999_999_999,
  -1,
  101,
];

/** Of anything at all, with a liking for what breaks things. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...NASTY_TEXTS, ...NASTY_NUMBERS, null, true, [], {}),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

function resolved(openApi: OpenApi, schema: Json): Json {
  if (!schema.$ref) return schema;
  return resolved(openApi, openApi.document.components.schemas[schema.$ref.split('/').at(-1)]);
}

/** Values that a schema of the document allows. */
export function soundValue(openApi: OpenApi, given: Json): fc.Arbitrary<unknown> {
  const schema = resolved(openApi, given);
  const union = schema.oneOf ?? schema.anyOf;
  if (union) return fc.oneof(...union.map((one: Json) => soundValue(openApi, one)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types: string[] = [schema.type ?? 'any'].flat();
  return fc.oneof(...types.map((type) => ofType(openApi, schema, type)));
}

function ofType(openApi: OpenApi, schema: Json, type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -(2 ** 31), max: schema.maximum ?? 2 ** 31 });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'string':
      return textOf(schema);
    case 'array':
      return fc.array(soundValue(openApi, schema.items ?? {}), {
        maxLength: Math.min(4, schema.maxItems ?? 4),
      });
    case 'object':
      return objectOf(openApi, schema);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function textOf(schema: Json): fc.Arbitrary<string> {
  const examples = schema.example === undefined ? [] : [fc.constant(String(schema.example))];
  if (schema.format === 'date-time') {
    return fc.oneof(
      ...examples,
      fc
        .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    );
  }
  const bounds = { minLength: schema.minLength ?? 0, maxLength: Math.min(60, schema.maxLength ?? 60) };
  return fc.oneof(
    ...examples,
    fc.string({ ...bounds, unit: 'grapheme' }),
    fc.string({ ...bounds, unit: 'binary' }),
  );
}

function objectOf(openApi: OpenApi, schema: Json): fc.Arbitrary<unknown> {
  const properties: Record<string, Json> = schema.properties ?? {};
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, soundValue(openApi, one)]),
  );
  const known = fc.record(fields, { requiredKeys: schema.required ?? [] });
  if (!schema.additionalProperties) return known;
  return fc.dictionary(
    fc.string({ minLength: 1, maxLength: 10 }),
    soundValue(openApi, schema.additionalProperties),
    { maxKeys: 3 },
  );
}

/** A value with one thing changed: a field gone, one too many, another type, something nasty. */
export function mutated(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .record({
      value,
      how: fc.constantFrom('drop', 'add', 'replace', 'wrap', 'all'),
      at: fc.nat(),
      by: anything,
    })
    .map(({ value: sound, how, at, by }) => {
      if (sound === null || typeof sound !== 'object' || Array.isArray(sound) || how === 'all') return by;
      if (how === 'wrap') return [sound];
      const fields = { ...sound } as Record<string, unknown>;
      const names = Object.keys(fields);
      const name = names[at % Math.max(1, names.length)] ?? 'title';
      if (how === 'add') fields[`${name}_`] = by;
      else if (how === 'drop') delete fields[name];
      else fields[name] = by;
      return fields;
    });
}

/** Text for a parameter: sound, or not. */
export function parameterText(openApi: OpenApi, schema: Json): fc.Arbitrary<string> {
  const sound = soundValue(openApi, schema).map((value) =>
    Array.isArray(value) ? value.join(',') : String(value),
  );
  return fc.oneof(
    { weight: 3, arbitrary: sound },
    { weight: 1, arbitrary: fc.constantFrom(...NASTY_TEXTS.map((text) => text.slice(0, 2_000))) },
  );
}
