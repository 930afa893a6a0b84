import { z } from '@hono/zod-openapi';
import type { Contract } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER, pageQuery } from '../contract/fields.ts';
import {
  createTriggerBody,
  fireBody,
  fired,
  listTriggersQuery,
  nothingBody,
  occurrencePage,
  pauseBody,
  preview,
  previewQuery,
  trigger,
  triggerPage,
  updateTriggerBody,
} from './schema.ts';

const TAG = 'Triggers';
const params = idParameter('trigger', 'trigger');
const NOW = { 200: { description: 'The trigger as it is now.', schema: trigger } };

export const listTriggers = {
  method: 'get',
  path: '/api/v1/triggers',
  id: 'listTriggers',
  tag: TAG,
  summary: 'List triggers',
  description: 'Cron schedules and webhooks, the newest first.',
  query: listTriggersQuery,
  gives: { 200: { description: 'A page of triggers.', schema: triggerPage, headers: LINK_HEADER } },
  refuses: ['BAD_CURSOR'],
} as const satisfies Contract;

export const createTrigger = {
  method: 'post',
  path: '/api/v1/triggers',
  id: 'createTrigger',
  tag: TAG,
  summary: 'Make a cron schedule or a webhook',
  description:
    'Of a webhook: the secret that was generated for it is shown only in this reply; a repetition under the same idempotency key shows null.',
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
  description: 'One from the file is refused.',
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
  description: 'It makes nothing any more, and its name and path are free; its record and its tasks stay.',
  params,
  gives: { 204: { description: 'It is deleted.' } },
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
  description: 'A cron trigger counts from now: moments that came while it was paused are not made up.',
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
  description: 'A cron trigger now; a webhook from a `sample`. It makes a real task.',
  params,
  body: fireBody,
  isBodyOptional: true,
  gives: { 200: { description: 'What came of it.', schema: fired } },
} as const satisfies Contract;

export const listOccurrences = {
  method: 'get',
  path: '/api/v1/triggers/{id}/occurrences',
  id: 'listOccurrences',
  tag: TAG,
  summary: 'List the due moments of a cron trigger',
  description: 'The one due last first, each with what came of it.',
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
  summary: 'What a cron expression means',
  description: 'In words, and its next moments by the arithmetic that fires triggers.',
  query: previewQuery,
  gives: { 200: { description: 'What it means.', schema: preview } },
} as const satisfies Contract;
