import { z } from '@hono/zod-openapi';
import type { Contract } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER } from '../contract/fields.ts';
import { MAX_WAIT_SECONDS } from '../http/prefer.ts';
import {
  answerBody,
  cancelBody,
  createTaskBody,
  listTasksQuery,
  retryBody,
  task,
  taskPage,
  updateTaskBody,
} from './schema.ts';

const TAG = 'Tasks';
const params = idParameter('task', 'task');
const ETAG = { ETag: 'Strong entity tag of this response.' };
const MADE = {
  ...ETAG,
  Location: 'The path of the task.',
  'Preference-Applied': '`wait=N` when it was requested.',
};
const prefer = z.object({
  prefer: z
    .string()
    .max(200)
    .optional()
    .openapi({
      description: `\`wait=N\`: the response is sent once the task is final, or after N seconds (${MAX_WAIT_SECONDS} at most).`,
      example: 'wait=10',
    }),
});
const ifMatch = z.object({
  'if-match': z
    .string()
    .max(200)
    .optional()
    .openapi({ description: 'Refused with 412 unless the current ETag matches.' }),
});
const ifNoneMatch = z.object({
  'if-none-match': z
    .string()
    .max(500)
    .optional()
    .openapi({ description: 'Answered with 304 while the current ETag matches.' }),
});
const MOVED = { 200: { description: 'The task as it is now.', schema: task, headers: ETAG } };
const MOVE_REFUSES = [
  'NOT_FOUND',
  'ILLEGAL_TRANSITION',
  'VERSION_CONFLICT',
  'LEASE_HELD',
  'PRECONDITION_FAILED',
] as const;

export const createTask = {
  method: 'post',
  path: '/api/v1/tasks',
  id: 'createTask',
  tag: TAG,
  summary: 'Create a task',
  description:
    'With an `agent` it is worked on in the background; without one it is tracked. The same `Idempotency-Key` with the same body gives the same task for 24 hours, also for requests sent at the same time. Where the first request or its repetition sends `Prefer: wait`, the repetition gets the task as it is then.',
  headers: prefer,
  body: createTaskBody,
  gives: { 201: { description: 'The task.', schema: task, headers: MADE } },
} as const satisfies Contract;

export const listTasks = {
  method: 'get',
  path: '/api/v1/tasks',
  id: 'listTasks',
  tag: TAG,
  summary: 'List tasks',
  description:
    'The newest first. Tasks that are created while you page through the list do not shift the pages.',
  query: listTasksQuery,
  gives: { 200: { description: 'A page of tasks.', schema: taskPage, headers: LINK_HEADER } },
  refuses: ['BAD_CURSOR'],
} as const satisfies Contract;

export const getTask = {
  method: 'get',
  path: '/api/v1/tasks/{id}',
  id: 'getTask',
  tag: TAG,
  summary: 'Read a task',
  params,
  headers: ifNoneMatch,
  gives: {
    200: { description: 'The task as it is now.', schema: task, headers: ETAG },
    304: { description: 'Not modified.', headers: ETAG },
  },
  refuses: ['NOT_FOUND'],
} as const satisfies Contract;

export const updateTask = {
  method: 'patch',
  path: '/api/v1/tasks/{id}',
  id: 'updateTask',
  tag: TAG,
  summary: 'Change the fields of a task',
  description:
    'Its status is not changed. The history records each field before and after; the same values again write nothing.',
  params,
  headers: ifMatch,
  body: updateTaskBody,
  gives: MOVED,
  refuses: MOVE_REFUSES,
} as const satisfies Contract;

export const deleteTask = {
  method: 'delete',
  path: '/api/v1/tasks/{id}',
  id: 'deleteTask',
  tag: TAG,
  summary: 'Cancel a task',
  description: 'Same as `/cancel`: a task and its history are never deleted.',
  params,
  headers: ifMatch,
  gives: MOVED,
  refuses: MOVE_REFUSES,
} as const satisfies Contract;

export const cancelTask = {
  method: 'post',
  path: '/api/v1/tasks/{id}/cancel',
  id: 'cancelTask',
  tag: TAG,
  summary: 'Cancel a task, with a reason',
  description: 'Also while a run works on it: that work is aborted.',
  params,
  headers: ifMatch,
  body: cancelBody,
  isBodyOptional: true,
  gives: MOVED,
  refuses: MOVE_REFUSES,
} as const satisfies Contract;

export const provideInput = {
  method: 'post',
  path: '/api/v1/tasks/{id}/input',
  id: 'provideTaskInput',
  tag: TAG,
  summary: 'Answer the question that a task waits for',
  description: 'The agent continues with the answer.',
  params,
  headers: ifMatch,
  body: answerBody,
  gives: MOVED,
  refuses: [...MOVE_REFUSES, 'NOT_WAITING'],
} as const satisfies Contract;

export const retryTask = {
  method: 'post',
  path: '/api/v1/tasks/{id}/retry',
  id: 'retryTask',
  tag: TAG,
  summary: 'Retry a final task',
  description: 'Creates a new task that refers to the old one, which does not change.',
  params,
  headers: prefer,
  body: retryBody,
  isBodyOptional: true,
  gives: { 201: { description: 'The new task.', schema: task, headers: MADE } },
  refuses: ['NOT_FOUND', 'ILLEGAL_TRANSITION'],
} as const satisfies Contract;
