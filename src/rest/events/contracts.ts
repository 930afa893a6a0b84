import type { Contract } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER } from '../contract/fields.ts';
import { eventPage, eventsQuery, streamHeaders, taskEventsQuery } from './schema.ts';

const TAG = 'Events';
const STREAM = {
  'text/event-stream': {
    description:
      'The events after `Last-Event-ID`, then live ones: each with its cursor as `id` and a `TaskEvent` as `data`. An event `problem` ends the stream.',
    example: 'id: 41\ndata: {"type":"task.created","task_id":"task_…"}\n\n',
  },
};

export const taskEvents = {
  method: 'get',
  path: '/api/v1/tasks/{id}/events',
  id: 'listTaskEvents',
  tag: TAG,
  summary: "Read or stream a task's history",
  description:
    'The oldest first. JSON: in pages. Server-sent events: from the beginning, or after `Last-Event-ID`.',
  params: idParameter('task', 'task'),
  query: taskEventsQuery,
  headers: streamHeaders,
  gives: { 200: { description: 'A page of events.', schema: eventPage, headers: LINK_HEADER, also: STREAM } },
  refuses: ['NOT_FOUND', 'BAD_CURSOR'],
} as const satisfies Contract;

export const events = {
  method: 'get',
  path: '/api/v1/events',
  id: 'listEvents',
  tag: TAG,
  summary: 'Read or stream the history of all tasks',
  description:
    'The oldest first. JSON: in pages from the beginning. Server-sent events: only new events, or those after `Last-Event-ID` (or `cursor`; `0`: all events).',
  query: eventsQuery,
  headers: streamHeaders,
  gives: { 200: { description: 'A page of events.', schema: eventPage, headers: LINK_HEADER, also: STREAM } },
  refuses: ['BAD_CURSOR'],
} as const satisfies Contract;
