import { z } from 'zod';
import { Refusal } from '../core/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { TASK_SOURCES } from '../domain/source.ts';
import { TASK_STATUSES } from '../domain/status.ts';
import { line, text } from '../tasks/fields.ts';

/** Each is asked for what is due at every look, so there is an end to them. */
export const MAX_ENDPOINTS = 50;
const MAX_AGENTS = 100;

const listOf = <T>(item: z.ZodType<T>, max: number) =>
  z
    .array(item)
    .max(max, { error: `names more than ${max}` })
    .transform((list) => [...new Set(list)]);

export const url = z.string();
export const description = text(LIMITS.reasonCharacters);
export const statuses = listOf(
  z.enum(TASK_STATUSES, { error: `must be one of ${TASK_STATUSES.join(', ')}` }),
  MAX_AGENTS,
);
/** Not only those that are configured now: one may come back, and a task keeps the name of one that went. */
export const agents = listOf(line(LIMITS.nameCharacters), MAX_AGENTS);
export const sources = listOf(
  z.enum(TASK_SOURCES, { error: `must be one of ${TASK_SOURCES.join(', ')}` }),
  MAX_AGENTS,
);

export function noSuchEndpoint(id: string): Refusal {
  return new Refusal('NOT_FOUND', `There is no webhook endpoint ${id.slice(0, 100)}.`);
}
