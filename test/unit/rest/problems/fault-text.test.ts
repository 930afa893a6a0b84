import { z } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import { faultWords } from '../../../../src/rest/problems/fault-text.ts';

test.each([
  [z.string(), undefined, 'is missing'],
  [z.string(), 5, 'must be a text'],
  [z.int(), 'five', 'must be a number'],
  [z.int(), 5.5, 'must be a whole number'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.strictObject({}), [], 'must be an object'],
  [z.array(z.string()), {}, 'must be a list'],
  [z.string().min(1), '', 'is empty'],
  [z.string().min(16), 'short', 'must have at least 16 characters'],
  [z.string().max(3), 'long', 'must have at most 3 characters'],
  [z.int().min(-100), -101, 'must be at least -100'],
  [z.int().max(100), 101, 'must be at most 100'],
  [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 items'],
  [z.enum(['skip', 'queue']), 'never', 'must be one of skip, queue'],
  [z.literal('cron'), 'x', 'must be one of cron'],
  [z.string({ error: 'a message of its own' }), 5, 'a message of its own'],
])('a fault says what would be right (%#)', (schema, value, words) => {
  expect(schema.safeParse(value).error?.issues.map(faultWords)).toEqual([words]);
});
