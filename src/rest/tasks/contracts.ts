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
      description: `\`wait=N\`: the response is sent when the task is final, or after N seconds (at most ${MAX_WAIT_SECONDS}).`,
      example: 'wait=10',
    }),
});
const ifMatch = z.object({
  'if-match': z.string().max(200).optional().openapi({
    description: 'The expected ETag. If the current one differs, the request is refused with 412.',
  }),
});
const ifNoneMatch = z.object({
  'if-none-match': z
    .string()
    .max(500)
    .optional()
    .openapi({ description: 'A known ETag. If it is still current, the response is 304.' }),
});
const MOVED = { 200: { description: 'The current state of the task.', schema: task, headers: ETAG } };
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
    'With an `agent` it is executed in the background; without one it is tracked. For 24 hours, the same `Idempotency-Key` with the same body returns the same task, also for simultaneous requests. If the first request or the repetition has `Prefer: wait`, the repetition returns the current state of the task.',
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
  description: 'The newest first. New tasks do not shift the pages.',
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
    200: { description: 'The current state of the task.', schema: task, headers: ETAG },
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
    'The status does not change. The history records each changed field before and after; if the values are the same, nothing is recorded.',
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
  description: 'The same as `/cancel`: a task and its history are never deleted.',
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
  description: 'Also while a run holds the task; the run is aborted within a second.',
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
  description:
    'Creates a new task with the fields of a final one. Its `retry_of` is the old task, which does not change.',
  params,
  headers: prefer,
  body: retryBody,
  isBodyOptional: true,
  gives: { 201: { description: 'The new task.', schema: task, headers: MADE } },
  refuses: ['NOT_FOUND', 'ILLEGAL_TRANSITION'],
} as const satisfies Contract;
