import { z } from 'zod';
import { Refusal } from '../core/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { TASK_SOURCES } from '../domain/source.ts';
import { TASK_STATUSES } from '../domain/status.ts';
import { line, text } from '../tasks/fields.ts';

/** Limited, because the sender looks for due deliveries of each endpoint at every run. */
export const MAX_ENDPOINTS = 50;
const MAX_AGENTS = 100;

const listOf = <T>(item: z.ZodType<T>, max: number) =>
  z
    .array(item)
    .max(max, { error: `must have at most ${max} entries` })
    .transform((list) => [...new Set(list)]);

export const url = z.string();
export const description = text(LIMITS.reasonCharacters);
export const statuses = listOf(
  z.enum(TASK_STATUSES, { error: `must be one of ${TASK_STATUSES.join(', ')}` }),
  MAX_AGENTS,
);
/** Not only configured agents: a removed agent may return, and tasks keep the name of their agent. */
export const agents = listOf(line(LIMITS.nameCharacters), MAX_AGENTS);
export const sources = listOf(
  z.enum(TASK_SOURCES, { error: `must be one of ${TASK_SOURCES.join(', ')}` }),
  MAX_AGENTS,
);

export function noSuchEndpoint(id: string): Refusal {
  return new Refusal('NOT_FOUND', `Not found: webhook endpoint ${id.slice(0, 100)}`);
}
