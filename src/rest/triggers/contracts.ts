import { z } from '@hono/zod-openapi';
import type { Contract } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER, pageQuery } from '../contract/fields.ts';
import { fireBody, fired, occurrencePage, preview, previewQuery } from './firing-schema.ts';
import {
  createTriggerBody,
  listTriggersQuery,
  nothingBody,
  pauseBody,
  trigger,
  triggerPage,
  updateTriggerBody,
} from './schema.ts';

const TAG = 'Triggers';
const params = idParameter('trigger', 'trigger');
const NOW = { 200: { description: 'The current state of the trigger.', schema: trigger } };

export const listTriggers = {
  method: 'get',
  path: '/api/v1/triggers',
  id: 'listTriggers',
  tag: TAG,
  summary: 'List triggers',
  description: 'Cron triggers and webhook triggers, the newest first.',
  query: listTriggersQuery,
  gives: { 200: { description: 'A page of triggers.', schema: triggerPage, headers: LINK_HEADER } },
  refuses: ['BAD_CURSOR'],
} as const satisfies Contract;

export const createTrigger = {
  method: 'post',
  path: '/api/v1/triggers',
  id: 'createTrigger',
  tag: TAG,
  summary: 'Create a cron trigger or a webhook trigger',
  description:
    'The generated secret of a webhook trigger is shown only in this response; in a repetition under the same idempotency key it is null.',
  body: createTriggerBody,
  gives: {
    201: { description: 'The trigger.', schema: trigger, headers: { Location: 'The path of the trigger.' } },
  },
} as const satisfies Contract;

export const getTrigger = {
  method: 'get',
  path: '/api/v1/triggers/{id}',
  id: 'getTrigger',
  tag: TAG,
  summary: 'Read a trigger',
  params,
  gives: NOW,
} as const satisfies Contract;

export const updateTrigger = {
  method: 'patch',
  path: '/api/v1/triggers/{id}',
  id: 'updateTrigger',
  tag: TAG,
  summary: 'Change a trigger',
  description: 'A trigger from agents.yaml is refused; change it in the file.',
  params,
  body: updateTriggerBody,
  gives: NOW,
} as const satisfies Contract;

export const deleteTrigger = {
  method: 'delete',
  path: '/api/v1/triggers/{id}',
  id: 'deleteTrigger',
  tag: TAG,
  summary: 'Delete a trigger',
  description:
    'Its name and path can be used again; its history and its tasks stay. A trigger from agents.yaml is refused; delete it in the file.',
  params,
  gives: { 204: { description: 'Deleted.' } },
} as const satisfies Contract;

export const pauseTrigger = {
  method: 'post',
  path: '/api/v1/triggers/{id}/pause',
  id: 'pauseTrigger',
  tag: TAG,
  summary: 'Pause a trigger',
  params,
  body: pauseBody,
  isBodyOptional: true,
  gives: NOW,
} as const satisfies Contract;

export const resumeTrigger = {
  method: 'post',
  path: '/api/v1/triggers/{id}/resume',
  id: 'resumeTrigger',
  tag: TAG,
  summary: 'Resume a trigger',
  description: 'Moments that were due during the pause are not made up.',
  params,
  body: nothingBody,
  isBodyOptional: true,
  gives: NOW,
} as const satisfies Contract;

export const fireTrigger = {
  method: 'post',
  path: '/api/v1/triggers/{id}/fire',
  id: 'fireTrigger',
  tag: TAG,
  summary: 'Fire a trigger by hand',
  description:
    'Also a paused trigger. A cron trigger is fired now; a webhook trigger receives the `sample` as a delivery. The task is a real one.',
  params,
  body: fireBody,
  isBodyOptional: true,
  gives: { 200: { description: 'The occurrence or the delivery, with its task.', schema: fired } },
} as const satisfies Contract;

export const listOccurrences = {
  method: 'get',
  path: '/api/v1/triggers/{id}/occurrences',
  id: 'listOccurrences',
  tag: TAG,
  summary: 'List the occurrences of a cron trigger',
  description: 'The latest due first, each with its outcome.',
  params,
  query: z.object(pageQuery),
  gives: { 200: { description: 'A page of occurrences.', schema: occurrencePage, headers: LINK_HEADER } },
  refuses: ['BAD_CURSOR'],
} as const satisfies Contract;

export const previewCron = {
  method: 'get',
  path: '/api/v1/cron/preview',
  id: 'previewCron',
  tag: TAG,
  summary: 'Preview a cron expression',
  description: 'Explains the expression in words and lists its next due moments.',
  query: previewQuery,
  gives: { 200: { description: 'The preview.', schema: preview } },
} as const satisfies Contract;
