import type { WebhookEndpoint } from '../../../domain/endpoint.ts';
import { LIMITS } from '../../../domain/limits.ts';
import {
  type CreatedEndpoint,
  createWebhookEndpoint,
} from '../../../webhooks-out/commands/create-endpoint.ts';
import { deleteWebhookEndpoint } from '../../../webhooks-out/commands/delete-endpoint.ts';
import {
  type UpdatedEndpoint,
  updateWebhookEndpoint,
} from '../../../webhooks-out/commands/update-endpoint.ts';
import { builder } from '../../builder.ts';
import { TaskSourceEnum, TaskStatusEnum } from '../enums.ts';
import { given, mutation } from '../mutation.ts';
import { EndpointRef } from './endpoint.ts';

const ID = 'The endpoint: `whe_…`.';
const ADDRESS = `The URL that requests are sent to: a public address, or one that ERRAND_OUTGOING_ALLOW lists; at most ${LIMITS.urlCharacters} characters.`;
const DESCRIPTION = 'What it is for.';
const STATUSES = 'A request is sent when a task gets one of these statuses; empty: any.';
const AGENTS = 'Only for tasks of these agents; empty: all tasks, tracked ones too.';
const SOURCES = 'Only for tasks from these sources; empty: any.';

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new endpoint that changes of tasks are sent to.',
  fields: (t) => ({
    url: t.string({ required: true, description: ADDRESS }),
    description: t.string({ description: DESCRIPTION }),
    statuses: t.field({ type: [TaskStatusEnum], description: `${STATUSES} Default: any.` }),
    agents: t.stringList({ description: `${AGENTS} Default: all.` }),
    sources: t.field({ type: [TaskSourceEnum], description: `${SOURCES} Default: any.` }),
  }),
});

const CreateWebhookEndpointPayload = builder
  .objectRef<CreatedEndpoint>('CreateWebhookEndpointPayload')
  .implement({
    description: 'The result of createWebhookEndpoint.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The new endpoint.' }),
      secret: t.exposeString('secret', {
        description:
          'The secret that requests are signed with, for the receiver to verify (Standard Webhooks). Shown only here.',
      }),
    }),
  });

mutation({
  name: 'createWebhookEndpoint',
  description: 'Sends changes of tasks to a URL from now on. Only for admins.',
  input: CreateWebhookEndpointInput,
  payload: CreateWebhookEndpointPayload,
  errors: ['ValidationError', 'ForbiddenError'],
  run: ({ services, caller }, input) => createWebhookEndpoint(services.webhooksOut, caller, given(input)),
});

const UpdateWebhookEndpointInput = builder.inputType('UpdateWebhookEndpointInput', {
  description:
    'Changes of an endpoint. Absent fields stay as they are; null empties a field that may be empty.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    url: t.string({ description: ADDRESS }),
    description: t.string({ description: `${DESCRIPTION} Null: none.` }),
    statuses: t.field({ type: [TaskStatusEnum], description: STATUSES }),
    agents: t.stringList({ description: AGENTS }),
    sources: t.field({ type: [TaskSourceEnum], description: SOURCES }),
    enabled: t.boolean({
      description:
        'False: nothing more is sent, and waiting deliveries are cancelled. True: it is switched on again.',
    }),
    reason: t.string({
      description: `Why it is switched off; at most ${LIMITS.reasonCharacters} characters.`,
    }),
    rotateSecret: t.boolean({
      description: 'True: generates a new secret; the one before also signs until `dropOldSecret`.',
    }),
    dropOldSecret: t.boolean({ description: 'True: of two secrets only the newer one signs from now on.' }),
  }),
});

const UpdateWebhookEndpointPayload = builder
  .objectRef<UpdatedEndpoint>('UpdateWebhookEndpointPayload')
  .implement({
    description: 'The result of updateWebhookEndpoint.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint as it is now.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'The new secret, shown only here; null when none was generated.',
      }),
    }),
  });

mutation({
  name: 'updateWebhookEndpoint',
  description: 'Changes an endpoint, or switches it off or on. Only for admins.',
  input: UpdateWebhookEndpointInput,
  payload: UpdateWebhookEndpointPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: ({ services, caller }, input) =>
    updateWebhookEndpoint(services.webhooksOut, caller, given(input, 'description')),
});

const DeleteWebhookEndpointInput = builder.inputType('DeleteWebhookEndpointInput', {
  description: 'Deletes an endpoint.',
  fields: (t) => ({ id: t.id({ required: true, description: ID }) }),
});

const DeleteWebhookEndpointPayload = builder
  .objectRef<{ endpoint: WebhookEndpoint }>('DeleteWebhookEndpointPayload')
  .implement({
    description: 'The result of deleteWebhookEndpoint.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint as it was before.' }),
    }),
  });

mutation({
  name: 'deleteWebhookEndpoint',
  description:
    'Deletes an endpoint: nothing more is sent to it; its deliveries stay recorded. Only for admins.',
  input: DeleteWebhookEndpointInput,
  payload: DeleteWebhookEndpointPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: async ({ services, caller }, input) => ({
    endpoint: await deleteWebhookEndpoint(services.webhooksOut, caller, { id: input.id }),
  }),
});
