import type { Contract } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER } from '../contract/fields.ts';
import { runStepPage, runStepsQuery, stepStreamHeaders } from './schema.ts';

export const taskSteps = {
  method: 'get',
  path: '/api/v1/tasks/{id}/steps',
  id: 'listTaskSteps',
  tag: 'Events',
  summary: "Read or stream the steps of a task's agent",
  description:
    'The text, tool calls and tool results of all runs of the task, the oldest first. JSON: in pages. Server-sent events: from the beginning, or after `Last-Event-ID`.',
  params: idParameter('task', 'task'),
  query: runStepsQuery,
  headers: stepStreamHeaders,
  gives: {
    200: {
      description: 'A page of steps.',
      schema: runStepPage,
      headers: LINK_HEADER,
      also: {
        'text/event-stream': {
          description:
            'The steps after `Last-Event-ID`, then live ones: each with its cursor as `id` and a `RunStep` as `data`. An event `problem` ends the stream.',
          example: 'id: 1.2\ndata: {"cursor":"1.2","run":1,"seq":2,"type":"text","data":{"text":"…"}}\n\n',
        },
      },
    },
  },
  refuses: ['NOT_FOUND', 'BAD_CURSOR'],
} as const satisfies Contract;
