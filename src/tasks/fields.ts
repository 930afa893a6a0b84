import { z } from 'zod';
import { isCleanText, isLongerThan, UNCLEAN } from '../core/clean-text.ts';
import { invalid } from '../core/errors.ts';
import { isId } from '../core/ids.ts';
import { LIMITS } from '../domain/limits.ts';
import type { TaskFields } from '../domain/task.ts';

/** A text of at most `maxCharacters`. */
export function text(maxCharacters: number): z.ZodType<string, string> {
  return z
    .string()
    .refine((value) => !isLongerThan(value, maxCharacters), {
      error: `is longer than ${maxCharacters} characters`,
    })
    .refine(isCleanText, { error: UNCLEAN });
}

/** The same with at least one character that shows. */
export function line(maxCharacters: number): z.ZodType<string, string> {
  return text(maxCharacters).refine((value) => value.trim().length > 0, { error: 'is empty' });
}

function depthOf(value: unknown, limit: number): number {
  if (limit < 0 || value === null || typeof value !== 'object') return 0;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, depthOf(inner, limit - 1));
  return deepest + 1;
}

function hasOnlyCleanTexts(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\u0000') && value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, inner]) => hasOnlyCleanTexts(key) && hasOnlyCleanTexts(inner));
}

/** Any JSON value within the limits of size and depth. */
export const json = z.unknown().superRefine((value, check) => {
  if (depthOf(value, LIMITS.jsonDepth) > LIMITS.jsonDepth) {
    check.addIssue({ code: 'custom', message: `is nested deeper than ${LIMITS.jsonDepth} levels` });
  } else if (Buffer.byteLength(JSON.stringify(value ?? null)) > LIMITS.jsonBytes) {
    check.addIssue({ code: 'custom', message: `is larger than ${LIMITS.jsonBytes / 1024} KiB as JSON` });
  } else if (!hasOnlyCleanTexts(value)) {
    check.addIssue({ code: 'custom', message: 'holds a text with NUL or half a surrogate pair' });
  }
});

export const title = line(LIMITS.titleCharacters).meta({
  description: `What has to be done; 1 to ${LIMITS.titleCharacters} characters.`,
  example: 'Summarise the feedback',
});
export const description = z
  .string()
  .refine((value) => Buffer.byteLength(value) <= LIMITS.descriptionBytes, {
    error: `is larger than ${LIMITS.descriptionBytes / 1024} KiB`,
  })
  .refine(isCleanText, { error: UNCLEAN })
  .meta({ description: `The details; at most ${LIMITS.descriptionBytes / 1024} KiB.` });
const agent = z
  .string()
  .meta({ description: 'The agent that works on it in the background.', example: 'assistant' });
export const priority = z
  .number()
  .refine((value) => Number.isInteger(value) && value >= LIMITS.minPriority && value <= LIMITS.maxPriority, {
    error: `must be a whole number from ${LIMITS.minPriority} to ${LIMITS.maxPriority}`,
  })
  .meta({
    description: `From ${LIMITS.minPriority} to ${LIMITS.maxPriority}; tasks with a higher priority are worked on first.`,
    example: 5,
  });
export const moment = z
  .date()
  .refine((value) => value.getUTCFullYear() >= 1970 && value.getUTCFullYear() <= 9999, {
    error: 'must lie between the years 1970 and 9999',
  });
const notBefore = moment.meta({
  description: 'No run starts before this time.',
  example: '2026-11-25T18:00:00Z',
});

/**
 * The fields of a task that a caller sets, each declared once with its bounds, description and example: GraphQL inputs,
 * REST bodies and the tool of the agents read them here. A new field is added to `TaskFields` and here.
 */
const TASK_FIELDS = { title, description, agent, priority, notBefore } satisfies Record<
  keyof TaskFields,
  z.ZodType
>;

/** The description of a field; each input adds what it means to leave the field out or to give null. */
export function fieldText(field: keyof TaskFields): string {
  return TASK_FIELDS[field].description ?? '';
}

/** The description and the example of a field, as an OpenAPI document has them. */
export function fieldDoc(field: keyof TaskFields): { description: string; example?: unknown } {
  const { example } = TASK_FIELDS[field].meta() ?? {};
  return { description: fieldText(field), ...(example !== undefined && { example }) };
}

/** The fields of a new task: all but the title may be left out or null. */
export const NEW_TASK_FIELDS = {
  title,
  description: description.nullish(),
  agent: agent.nullish(),
  priority: priority.nullish(),
  notBefore: notBefore.nullish(),
} satisfies Record<keyof TaskFields, z.ZodType>;

/** The fields of a change: what is left out stays; null empties. */
export const TASK_CHANGES = {
  title: title.optional(),
  description: description.nullable().optional(),
  agent: agent.nullable().optional(),
  priority: priority.optional(),
  notBefore: notBefore.nullable().optional(),
} satisfies Record<keyof TaskFields, z.ZodType>;
export const taskId = z
  .string()
  .refine((value) => isId('task', value), { error: 'is no id of a task (task_…)' });
export const reason = text(LIMITS.reasonCharacters).optional();
export const idempotencyKey = line(LIMITS.idempotencyKeyCharacters).optional();
const expectedVersion = z.number().int().optional();

/** Fields of every input that moves a task. */
export const moveFields = { id: z.string(), reason, expectedVersion };

/** Parses a use-case's input once; throws one `VALIDATION` refusal with every issue and its path. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map((issue) => ({
      path: issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
      message: issue.message,
    })),
  );
}
