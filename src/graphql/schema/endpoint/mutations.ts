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
const ADDRESS = `The URL that webhooks are sent to: a public address, or one that ERRAND_OUTGOING_ALLOW lists; at most ${LIMITS.urlCharacters} characters.`;
const DESCRIPTION = 'What the endpoint is for.';
const STATUSES = 'A webhook is sent when a task gets one of these statuses. Empty: any status.';
const AGENTS = 'Only for tasks of these agents. Empty: all tasks, also tracked ones.';
const SOURCES = 'Only for tasks from these sources. Empty: any source.';

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new webhook endpoint.',
  fields: (t) => ({
    url: t.string({ required: true, description: ADDRESS }),
    description: t.string({ description: DESCRIPTION }),
    statuses: t.field({ type: [TaskStatusEnum], description: `${STATUSES} Default: empty.` }),
    agents: t.stringList({ description: `${AGENTS} Default: empty.` }),
    sources: t.field({ type: [TaskSourceEnum], description: `${SOURCES} Default: empty.` }),
  }),
});

const CreateWebhookEndpointPayload = builder
  .objectRef<CreatedEndpoint>('CreateWebhookEndpointPayload')
  .implement({
    description: 'The payload of createWebhookEndpoint.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The new endpoint.' }),
      secret: t.exposeString('secret', {
        description:
          'The secret that signs the webhooks, for the receiver to verify them (Standard Webhooks). Shown only here.',
      }),
    }),
  });

mutation({
  name: 'createWebhookEndpoint',
  description:
    'Creates a webhook endpoint: status changes of tasks are sent to its URL from now on. Only for admins.',
  input: CreateWebhookEndpointInput,
  payload: CreateWebhookEndpointPayload,
  errors: ['ValidationError', 'ForbiddenError'],
  run: ({ services, caller }, input) => createWebhookEndpoint(services.webhooksOut, caller, given(input)),
});

const UpdateWebhookEndpointInput = builder.inputType('UpdateWebhookEndpointInput', {
  description: 'Changes to a webhook endpoint. Absent fields do not change; null clears an optional field.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    url: t.string({ description: ADDRESS }),
    description: t.string({ description: `${DESCRIPTION} Null: none.` }),
    statuses: t.field({ type: [TaskStatusEnum], description: STATUSES }),
    agents: t.stringList({ description: AGENTS }),
    sources: t.field({ type: [TaskSourceEnum], description: SOURCES }),
    enabled: t.boolean({
      description: 'False: disables the endpoint and cancels its pending deliveries. True: enables it.',
    }),
    reason: t.string({
      description: `Why it is disabled; at most ${LIMITS.reasonCharacters} characters.`,
    }),
    rotateSecret: t.boolean({
      description: 'True: generates a new secret. The previous one also signs until `dropOldSecret`.',
    }),
    dropOldSecret: t.boolean({ description: 'True: only the newest secret signs from now on.' }),
  }),
});

const UpdateWebhookEndpointPayload = builder
  .objectRef<UpdatedEndpoint>('UpdateWebhookEndpointPayload')
  .implement({
    description: 'The payload of updateWebhookEndpoint.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', {
        type: EndpointRef,
        description: 'The current state of the endpoint.',
      }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'The new secret, shown only here. Null: no secret was generated.',
      }),
    }),
  });

mutation({
  name: 'updateWebhookEndpoint',
  description: 'Changes, disables or enables a webhook endpoint. Only for admins.',
  input: UpdateWebhookEndpointInput,
  payload: UpdateWebhookEndpointPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: ({ services, caller }, input) =>
    updateWebhookEndpoint(services.webhooksOut, caller, given(input, 'description')),
});

const DeleteWebhookEndpointInput = builder.inputType('DeleteWebhookEndpointInput', {
  description: 'Deletes a webhook endpoint.',
  fields: (t) => ({ id: t.id({ required: true, description: ID }) }),
});

const DeleteWebhookEndpointPayload = builder
  .objectRef<{ endpoint: WebhookEndpoint }>('DeleteWebhookEndpointPayload')
  .implement({
    description: 'The payload of deleteWebhookEndpoint.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', {
        type: EndpointRef,
        description: 'The endpoint before it was deleted.',
      }),
    }),
  });

mutation({
  name: 'deleteWebhookEndpoint',
  description:
    'Deletes a webhook endpoint: nothing more is sent to it, and its deliveries stay stored. Only for admins.',
  input: DeleteWebhookEndpointInput,
  payload: DeleteWebhookEndpointPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: async ({ services, caller }, input) => ({
    endpoint: await deleteWebhookEndpoint(services.webhooksOut, caller, { id: input.id }),
  }),
});
