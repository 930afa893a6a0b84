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
const ADDRESS = `Where it is sent: an address of the public internet, or one that ERRAND_OUTGOING_ALLOW names; ${LIMITS.urlCharacters} characters at most.`;
const DESCRIPTION = 'What it is for.';
const STATUSES = 'Told when a task comes to one of these; empty: to any.';
const AGENTS = 'Only of tasks of these agents; empty: of all, and of tracked ones too.';
const SOURCES = 'Only of tasks from these sources; empty: from any.';

const CreateWebhookEndpointInput = builder.inputType('CreateWebhookEndpointInput', {
  description: 'A new endpoint that changes of tasks are told to.',
  fields: (t) => ({
    url: t.string({ required: true, description: ADDRESS }),
    description: t.string({ description: DESCRIPTION }),
    statuses: t.field({ type: [TaskStatusEnum], description: `${STATUSES} Absent: to any.` }),
    agents: t.stringList({ description: `${AGENTS} Absent: of all.` }),
    sources: t.field({ type: [TaskSourceEnum], description: `${SOURCES} Absent: from any.` }),
  }),
});

const CreateWebhookEndpointPayload = builder
  .objectRef<CreatedEndpoint>('CreateWebhookEndpointPayload')
  .implement({
    description: 'What createWebhookEndpoint gives when it was done.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The new endpoint.' }),
      secret: t.exposeString('secret', {
        description:
          'What it is signed with, for the receiver to verify (Standard Webhooks). Shown this once.',
      }),
    }),
  });

mutation({
  name: 'createWebhookEndpoint',
  description: 'Has changes of tasks told to an address from now on. Only for admins.',
  input: CreateWebhookEndpointInput,
  payload: CreateWebhookEndpointPayload,
  errors: ['ValidationError', 'ForbiddenError'],
  run: ({ services, caller }, input) => createWebhookEndpoint(services.webhooksOut, caller, given(input)),
});

const UpdateWebhookEndpointInput = builder.inputType('UpdateWebhookEndpointInput', {
  description: 'Changes of an endpoint. Absent fields stay as they are; null empties where it is allowed.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    url: t.string({ description: ADDRESS }),
    description: t.string({ description: `${DESCRIPTION} Null: nothing is said.` }),
    statuses: t.field({ type: [TaskStatusEnum], description: STATUSES }),
    agents: t.stringList({ description: AGENTS }),
    sources: t.field({ type: [TaskSourceEnum], description: SOURCES }),
    enabled: t.boolean({
      description: 'False: nothing is sent any more, and what waits is cancelled. True: it is on again.',
    }),
    reason: t.string({
      description: `Why it is switched off; ${LIMITS.reasonCharacters} characters at most.`,
    }),
    rotateSecret: t.boolean({
      description: 'True: makes a new secret; the one before signs beside it until `dropOldSecret`.',
    }),
    dropOldSecret: t.boolean({ description: 'True: of two secrets only the newer one signs from now on.' }),
  }),
});

const UpdateWebhookEndpointPayload = builder
  .objectRef<UpdatedEndpoint>('UpdateWebhookEndpointPayload')
  .implement({
    description: 'What updateWebhookEndpoint gives when it was done.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint as it is now.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'The new secret, shown this once; null when none was made.',
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
    description: 'What deleteWebhookEndpoint gives when it was done.',
    fields: (t) => ({
      endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint as it was last.' }),
    }),
  });

mutation({
  name: 'deleteWebhookEndpoint',
  description: 'Has nothing told to an endpoint any more; its deliveries stay on record. Only for admins.',
  input: DeleteWebhookEndpointInput,
  payload: DeleteWebhookEndpointPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: async ({ services, caller }, input) => ({
    endpoint: await deleteWebhookEndpoint(services.webhooksOut, caller, { id: input.id }),
  }),
});
