import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';
import { KEY_SOURCES, TASK_SOURCES } from '../../domain/source.ts';
import { TASK_STATUSES } from '../../domain/status.ts';
import { TASK_DEFAULTS, WAITING_REASONS } from '../../domain/task.ts';
import { fieldDoc, fieldText } from '../../tasks/fields.ts';
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
      description: 'Why the task is waiting. Null while it is being worked on, and when it is final.',
    }),
    source,
    created_by: actor,
    agent: z
      .string()
      .nullable()
      .openapi({ description: 'The agent that works on it in the background. Null: the task is tracked.' }),
    priority: z.int(),
    not_before: moment.nullable(),
    attempts: z
      .int()
      .openapi({ description: 'The number of failed runs since the last answer. At 5 the task fails.' }),
    result: anyJson.openapi({ description: 'The result, any JSON. Null until the task is completed.' }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .openapi({ description: 'The error of a failed task. Null otherwise.' }),
    input_request: orNull(inputRequest).openapi({
      description: 'The open question. Null unless the status is `needs_input`.',
    }),
    allowed_transitions: z
      .array(status)
      .openapi({ description: 'The statuses that it can change to. Empty: its status is final.' }),
    parent_id: z.string().nullable(),
    retry_of: z
      .string()
      .nullable()
      .openapi({ description: 'The final task that this task retries. Null for other tasks.' }),
    trigger_id: z
      .string()
      .nullable()
      .openapi({ description: 'The trigger that created it. Null for other tasks.' }),
    version: z
      .int()
      .min(1)
      .openapi({ description: 'The `seq` of its last event; it increases by one with each event.' }),
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
    agent: agent
      .nullish()
      .openapi({ description: `${fieldText('agent')} Default: none; the task is tracked.` }),
    priority: priority
      .nullish()
      .openapi({ description: `${fieldText('priority')} Default: ${TASK_DEFAULTS.priority}.` }),
    parent_id: idText('task')
      .nullish()
      .openapi({
        description: `The parent task; at most ${LIMITS.subtasks} subtasks per task, ${LIMITS.subtaskDepth} levels deep.`,
      }),
    not_before: notBefore.nullish(),
    source: z
      .enum(KEY_SOURCES)
      .nullish()
      .openapi({ description: 'One of the sources of the API key. Default: the first of them.' }),
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
    expected_version: z.int().optional().openapi({
      description: 'The expected version of the task. If it has another version, nothing is changed.',
    }),
  }),
).openapi('UpdateTask', {
  description: 'Absent fields do not change; null clears an optional field.',
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
        description: `The answer: any JSON, at most ${LIMITS.jsonBytes / 1024} KiB.`,
        example: 'The third quarter',
      }),
    input_request_id: idText('inputRequest').nullish().openapi({
      description:
        'The question that is answered. If the task now has another open question, the answer is refused.',
    }),
    reason: reasonField.optional(),
    expected_version: z.int().optional(),
  })
  .openapi('ProvideInput', { required: ['answer'], example: { answer: 'The third quarter' } });

export const retryBody = z
  .strictObject({ reason: reasonField.optional() })
  .openapi('RetryTask', { example: { reason: 'The model is back' } });

export const listTasksQuery = z.object({
  status: listOf(status).optional().openapi({
    description: 'Tasks in one of these statuses. Repeat the parameter, or separate the values by commas.',
  }),
  agent: listOf(text(LIMITS.nameCharacters))
    .optional()
    .openapi({ description: 'Tasks with one of these agents.', example: ['assistant'] }),
  source: listOf(source).optional().openapi({ description: 'Tasks from one of these sources.' }),
  trigger: listOf(idText('trigger'))
    .optional()
    .openapi({
      description: 'Tasks created by one of these triggers.',
      example: ['trg_01kavh8xa3f0ytqc2w4s0jxm7f'],
    }),
  q: text(LIMITS.titleCharacters)
    .optional()
    .openapi({ description: 'Tasks with this text in the title or description, case-insensitive.' }),
  created_after: givenMoment.optional().openapi({ description: 'Tasks created after this time.' }),
  created_before: givenMoment.optional().openapi({ description: 'Tasks created before this time.' }),
  ...pageQuery,
});
