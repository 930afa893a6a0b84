import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';
import { KEY_SOURCES, TASK_SOURCES } from '../../domain/source.ts';
import { TASK_STATUSES } from '../../domain/status.ts';
import { WAITING_REASONS } from '../../domain/task.ts';
import { fieldDoc } from '../../tasks/fields.ts';
import {
  actor,
  anyJson,
  atLeastOne,
  givenMoment,
  moment,
  orNull,
  pageOf,
  pageQuery,
  reasonField,
} from '../contract/fields.ts';
import { idText, line, listOf, text } from '../contract/text.ts';

const TASK_ID = 'task_01kavh8xa3f0ytqc2w4s0jxm7e';
export const status = z.enum(TASK_STATUSES).openapi('TaskStatus', { description: 'The status of a task.' });
export const source = z.enum(TASK_SOURCES).openapi('TaskSource', { description: 'Where a task came from.' });

const title = line(LIMITS.titleCharacters).openapi(fieldDoc('title'));
const description = text(LIMITS.descriptionBytes).openapi(fieldDoc('description'));
const agent = text(LIMITS.nameCharacters).openapi(fieldDoc('agent'));
const priority = z.int().min(LIMITS.minPriority).max(LIMITS.maxPriority).openapi(fieldDoc('priority'));
const notBefore = givenMoment.openapi(fieldDoc('notBefore'));

const inputRequest = z
  .object({
    id: z.string(),
    question: z.string(),
    asked_by: actor,
    asked_at: moment,
  })
  .openapi('InputRequest', { description: 'The question that a task waits for.' });

export const task = z
  .object({
    id: z.string().openapi({ example: TASK_ID }),
    title: z.string(),
    description: z.string().nullable(),
    status,
    reason: z.enum(WAITING_REASONS).nullable().openapi({
      description: 'Why it is not being worked on at this moment; null while it runs and once it is final.',
    }),
    source,
    created_by: actor,
    agent: z
      .string()
      .nullable()
      .openapi({ description: 'The agent that works on it; null: no agent, the task is only tracked.' }),
    priority: z.int(),
    not_before: moment.nullable(),
    attempts: z.int().openapi({ description: 'Runs that failed since the last answer.' }),
    result: anyJson.openapi({ description: 'The result, any JSON; null until the task is completed.' }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .openapi({ description: 'Why it failed.' }),
    input_request: orNull(inputRequest).openapi({
      description: 'The open question, while it waits for input.',
    }),
    allowed_transitions: z.array(status).openapi({ description: 'The statuses that it may change to.' }),
    parent_id: z.string().nullable(),
    retry_of: z.string().nullable().openapi({ description: 'The task that this one retries.' }),
    trigger_id: z.string().nullable().openapi({ description: 'The trigger that created it.' }),
    version: z.int().min(1).openapi({ description: 'Increases by one with each event.' }),
    created_at: moment,
    started_at: moment.nullable(),
    updated_at: moment,
    finished_at: moment.nullable(),
  })
  .openapi('Task', { description: 'A piece of work with a title, a status and a history.' });
export type TaskJson = z.output<typeof task>;

export const taskPage = pageOf('TaskPage', task);

export const createTaskBody = z
  .strictObject({
    title,
    description: description.nullish(),
    agent: agent.nullish(),
    priority: priority.nullish(),
    parent_id: idText('task').nullish().openapi({ description: 'The parent task.' }),
    not_before: notBefore.nullish(),
    source: z
      .enum(KEY_SOURCES)
      .nullish()
      .openapi({ description: "One of those the key may name; the key's first when absent." }),
    reason: reasonField.optional(),
  })
  .openapi('CreateTask', { example: { title: 'Summarise the feedback', agent: 'assistant', priority: 5 } });

export const updateTaskBody = atLeastOne(
  z.strictObject({
    title: title.optional(),
    description: description.nullable().optional(),
    agent: agent.nullable().optional(),
    priority: priority.optional(),
    not_before: notBefore.nullable().optional(),
    reason: reasonField.optional(),
    expected_version: z
      .int()
      .optional()
      .openapi({ description: 'Refused unless the task is at this version.' }),
  }),
).openapi('UpdateTask', {
  description: 'Absent fields do not change; null clears a field.',
  minProperties: 1,
  example: { title: 'Summarise the feedback of week 48', priority: 10 },
});

export const cancelBody = z
  .strictObject({ reason: reasonField.optional(), expected_version: z.int().optional() })
  .openapi('CancelTask', { example: { reason: 'Not needed any more' } });

export const answerBody = z
  .strictObject({
    answer: z
      .unknown()
      .refine((value) => value !== undefined, 'is missing')
      .openapi({
        description: `Any JSON; ${LIMITS.jsonBytes / 1024} KiB at most.`,
        example: 'The third quarter',
      }),
    input_request_id: idText('inputRequest')
      .nullish()
      .openapi({ description: 'The question that is answered: refused if the task asks another one now.' }),
    reason: reasonField.optional(),
    expected_version: z.int().optional(),
  })
  .openapi('ProvideInput', { required: ['answer'], example: { answer: 'The third quarter' } });

export const retryBody = z
  .strictObject({ reason: reasonField.optional() })
  .openapi('RetryTask', { example: { reason: 'The model is back' } });

export const listTasksQuery = z.object({
  status: listOf(status)
    .optional()
    .openapi({ description: 'In one of these statuses; repeat the parameter or separate values by commas.' }),
  agent: listOf(text(LIMITS.nameCharacters))
    .optional()
    .openapi({ description: 'With one of these agents.', example: ['assistant'] }),
  source: listOf(source).optional().openapi({ description: 'From one of these sources.' }),
  trigger: listOf(idText('trigger'))
    .optional()
    .openapi({
      description: 'Created by one of these triggers.',
      example: ['trg_01kavh8xa3f0ytqc2w4s0jxm7f'],
    }),
  q: text(LIMITS.titleCharacters)
    .optional()
    .openapi({ description: 'With this text in the title or description, case-insensitive.' }),
  created_after: givenMoment.optional().openapi({ description: 'Created after this time.' }),
  created_before: givenMoment.optional().openapi({ description: 'Created before this time.' }),
  ...pageQuery,
});
