import { z } from '@hono/zod-openapi';
import { type IdKind, idPattern, isId } from '../../core/ids.ts';
import { ACTOR_KINDS } from '../../domain/actor.ts';
import { LIMITS } from '../../domain/limits.ts';
import { formed, text } from './text.ts';

/** A time in a response: UTC with milliseconds. */
export const moment = z.iso.datetime().openapi({ format: 'date-time', example: '2026-11-25T18:00:00.000Z' });

/** RFC 3339 with capital letters, within the years that are stored. */
const GIVEN_MOMENT = /^(?:19[7-9]\d|[2-9]\d{3})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A time in a request, with any offset; the offset is required. */
export const givenMoment = z.iso
  .datetime({
    offset: true,
    error: 'must be a date and time with its offset, such as 2026-11-25T18:00:00Z',
    abort: true,
  })
  .regex(GIVEN_MOMENT, { error: 'must be in the years 1970 to 9999' })
  .openapi({ format: 'date-time', pattern: GIVEN_MOMENT.source, example: '2026-11-25T18:00:00Z' });

export const actor = z
  .object({
    kind: z.enum(ACTOR_KINDS),
    id: z.string().openapi({ description: 'The id of the API key, the name of the agent, or `errand`.' }),
    name: z.string(),
  })
  .openapi('Actor', {
    description: 'Who did something, as recorded at that time.',
    example: { kind: 'person', id: 'key_01kavh8x9vf5rs0n5b9g6k5z5w', name: 'Ada' },
  });

/** A named schema, or null: with `nullable` the OpenAPI document would lose the null. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()]);
}

/** For the body of a change: at least one of its fields must be set. */
export function atLeastOne<Schema extends z.ZodObject>(schema: Schema): Schema {
  const names = Object.keys(schema.shape).filter((name) => name !== 'reason' && name !== 'expected_version');
  return schema
    .refine((body) => names.some((name) => body[name] !== undefined), {
      error: `set at least one of ${names.join(', ')}`,
    })
    .openapi({ anyOf: names.map((name) => ({ required: [name] })) } as object);
}

/** Any JSON value. */
export const anyJson = z.unknown().openapi({ description: 'Any JSON value.' });

const EXAMPLES: Partial<Record<IdKind, string>> = {
  task: 'task_01kavh8xa3f0ytqc2w4s0jxm7e',
  trigger: 'trg_01kavh8xa3f0ytqc2w4s0jxm7f',
  occurrence: 'occ_01kavh8xa3f0ytqc2w4s0jxm7g',
  delivery: 'dlv_01kavh8xa3f0ytqc2w4s0jxm7h',
  endpoint: 'whe_01kavh8xa3f0ytqc2w4s0jxm7j',
};

/** The id of a `kind`, as a part of the path. */
export function idParameter(kind: IdKind, what: string) {
  return z.object({
    id: z
      .string()
      .refine((id) => isId(kind, id))
      .openapi({
        description: `The id of the ${what}.`,
        pattern: idPattern(kind),
        ...(EXAMPLES[kind] && { example: EXAMPLES[kind] }),
      }),
  });
}

const limit = z
  .int()
  .min(1, `must be from 1 to ${LIMITS.maxPageSize}`)
  .max(LIMITS.maxPageSize, `must be from 1 to ${LIMITS.maxPageSize}`)
  .default(LIMITS.pageSize)
  .openapi({ description: `The maximum number of items. Default: ${LIMITS.pageSize}.` });

const cursor = formed(/^[A-Za-z0-9_-]+$/, 500)
  .optional()
  .openapi({ description: '`next_cursor` of the previous page; omit it for the first page.' });

/** The query parameters of every list. */
export const pageQuery = { limit, cursor };

export function pageOf<Item extends z.ZodType>(name: string, item: Item) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z
        .string()
        .nullable()
        .openapi({ description: 'Send it as `cursor` for the next page. Null: this is the last page.' }),
    })
    .openapi(name);
}

export const LINK_HEADER = { Link: 'The next page, as `rel="next"`; absent on the last page.' };
export const reasonField = text(LIMITS.reasonCharacters).openapi({
  description: 'The reason, recorded in the history.',
  example: 'Not needed any more',
});
