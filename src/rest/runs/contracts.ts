import type { Contract } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER } from '../contract/fields.ts';
import { streamHeaders } from '../events/schema.ts';
import { runStepPage, runStepsQuery } from './schema.ts';

export const taskSteps = {
  method: 'get',
  path: '/api/v1/tasks/{id}/steps',
  id: 'listTaskSteps',
  tag: 'Events',
  summary: "Read the steps of a task's agent, or watch them live",
  description:
    'The text, tool calls and results of all runs of the task, oldest first. As JSON in pages; as server-sent events from the beginning, or from `Last-Event-ID`.',
  params: idParameter('task', 'task'),
  query: runStepsQuery,
  headers: streamHeaders,
  gives: {
    200: {
      description: 'A page of steps.',
      schema: runStepPage,
      headers: LINK_HEADER,
      also: {
        'text/event-stream': {
          description:
            'First the steps missed since `Last-Event-ID`, then each as it happens, with its cursor as `id` and a `RunStep` as `data`. An event `problem` is the last one.',
          example: 'id: 1.2\ndata: {"cursor":"1.2","run":1,"seq":2,"type":"text","data":{"text":"…"}}\n\n',
        },
      },
    },
  },
  refuses: ['NOT_FOUND', 'BAD_CURSOR'],
} as const satisfies Contract;
