import type { z } from '@hono/zod-openapi';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** The unit of a bound, by the kind of value. */
const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'items', set: 'items' };

function bound(origin: string, words: 'at least' | 'at most', limit: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined ? `must be ${words} ${limit}` : `must have ${words} ${limit} ${unit}`;
}

/** The message for an invalid value, in the wording of our other errors. A contract's own message is kept. */
export function faultWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      if (/ received undefined$/.test(issue.message)) return 'is missing';
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'is empty';
      return bound(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, 'at most', issue.maximum);
    case 'invalid_union': {
      const { options } = issue as { options?: readonly unknown[] };
      return options ? `must be one of ${options.map(String).join(', ')}` : issue.message;
    }
    default:
      return issue.message;
  }
}
