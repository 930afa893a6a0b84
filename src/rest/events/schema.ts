import { z } from '@hono/zod-openapi';
import { EVENT_TYPES, type EventType } from '../../domain/events.ts';
import { LIMITS } from '../../domain/limits.ts';
import { actor, anyJson, moment, orNull, pageOf, pageQuery } from '../contract/fields.ts';
import { formed, idText, listOf, text } from '../contract/text.ts';
import { source, status } from '../tasks/schema.ts';

const type = z
  .enum(EVENT_TYPES as [EventType, ...EventType[]])
  .openapi('TaskEventType', { description: 'What happened.' });

const event = z
  .object({
    id: z.string(),
    cursor: z.string().openapi({
      description: 'Its position in the event log of all tasks; also the id of its server-sent event.',
    }),
    task_id: z.string(),
    seq: z.int().openapi({ description: 'Its number within the history of the task, from 1 without gaps.' }),
    type,
    from: orNull(status),
    to: orNull(status),
    actor,
    reason: z.string().nullable(),
    data: anyJson.openapi({ description: 'Further data; its shape depends on the type.' }),
    source,
    agent: z.string().nullable().openapi({ description: 'The agent of the task at that time. Null: none.' }),
    run_id: z.string().nullable(),
    at: moment,
  })
  .openapi('TaskEvent', { description: "One entry of a task's history; it never changes." });
export type EventJson = z.output<typeof event>;

export const eventPage = pageOf('TaskEventPage', event);

/** A position in the event log. */
const POSITION = /^(?:0|[1-9]\d{0,17})$/;

const cursor = formed(POSITION, 40).optional().openapi({
  description: 'The cursor of the last event you have. `0`: from the beginning.',
});

export const taskEventsQuery = z.object({ limit: pageQuery.limit, cursor });

export const eventsQuery = z.object({
  task_id: idText('task').optional().openapi({ description: 'Events of this task.' }),
  status: listOf(status)
    .optional()
    .openapi({ description: 'Events that changed the status to one of these.' }),
  agent: listOf(text(LIMITS.nameCharacters))
    .optional()
    .openapi({ description: 'Events of tasks that had one of these agents at that time.' }),
  source: listOf(source).optional().openapi({ description: 'Events of tasks from one of these sources.' }),
  type: listOf(type).optional().openapi({ description: 'Events of one of these types.' }),
  limit: pageQuery.limit,
  cursor,
});

export const streamHeaders = z.object({
  'last-event-id': formed(POSITION, 40).optional().openapi({
    description: 'For a stream: the cursor of the last event you have. It takes precedence over `cursor`.',
  }),
});
