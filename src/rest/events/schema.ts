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
      description: 'Its position in the log of all tasks; also the id of its server-sent event.',
    }),
    task_id: z.string(),
    seq: z.int().openapi({ description: "Its position in the task's own history, from 1 without gaps." }),
    type,
    from: orNull(status),
    to: orNull(status),
    actor,
    reason: z.string().nullable(),
    data: anyJson.openapi({ description: 'Further data; its shape depends on the type.' }),
    source,
    agent: z.string().nullable().openapi({ description: "The task's agent at that time." }),
    run_id: z.string().nullable(),
    at: moment,
  })
  .openapi('TaskEvent', { description: "One line of a task's history; never changed." });
export type EventJson = z.output<typeof event>;

export const eventPage = pageOf('TaskEventPage', event);

/** A position in the log of all tasks. */
const POSITION = /^(?:0|[1-9]\d{0,17})$/;

const cursor = formed(POSITION, 40).optional().openapi({
  description: 'The cursor of the last event you have; `0` for the beginning.',
});

export const taskEventsQuery = z.object({ limit: pageQuery.limit, cursor });

export const eventsQuery = z.object({
  task_id: idText('task').optional().openapi({ description: 'Of one task.' }),
  status: listOf(status).optional().openapi({ description: 'Changed to one of these statuses.' }),
  agent: listOf(text(LIMITS.nameCharacters))
    .optional()
    .openapi({ description: 'Of tasks that had one of these agents.' }),
  source: listOf(source).optional().openapi({ description: 'Of tasks from one of these sources.' }),
  type: listOf(type).optional().openapi({ description: 'Of one of these types.' }),
  limit: pageQuery.limit,
  cursor,
});

export const streamHeaders = z.object({
  'last-event-id': formed(POSITION, 40).optional().openapi({
    description: 'For a stream: the cursor of the last event you have; takes precedence over `cursor`.',
  }),
});
