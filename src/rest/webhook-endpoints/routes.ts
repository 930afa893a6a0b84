import { camelKeys } from '../../core/snake-case.ts';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import { type Caller, may } from '../../domain/permissions.ts';
import { createWebhookEndpoint } from '../../webhooks-out/commands/create-endpoint.ts';
import { deleteWebhookEndpoint } from '../../webhooks-out/commands/delete-endpoint.ts';
import { updateWebhookEndpoint } from '../../webhooks-out/commands/update-endpoint.ts';
import { listEndpoints, readEndpoint } from '../../webhooks-out/queries/endpoints.ts';
import { type Contract, type Endpoint, endpoint } from '../contract/endpoint.ts';
import { idParameter } from '../contract/fields.ts';
import { given } from '../contract/given.ts';
import type { RestServices } from '../services.ts';
import { shownUrl } from '../triggers/presented.ts';
import {
  createEndpointBody,
  endpointList,
  updateEndpointBody,
  type WebhookEndpointJson,
  webhookEndpoint,
} from './schema.ts';

const TAG = 'Webhook endpoints';
const params = idParameter('endpoint', 'endpoint');
const NOW = { 200: { description: 'The current state of the endpoint.', schema: webhookEndpoint } };

const listContract = {
  method: 'get',
  path: '/api/v1/webhook-endpoints',
  id: 'listWebhookEndpoints',
  tag: TAG,
  summary: 'List the webhook endpoints',
  gives: { 200: { description: 'All of them, unpaged.', schema: endpointList } },
} as const satisfies Contract;

const createContract = {
  method: 'post',
  path: '/api/v1/webhook-endpoints',
  id: 'createWebhookEndpoint',
  tag: TAG,
  summary: 'Create a webhook endpoint',
  description:
    'Status changes of tasks are sent to its URL, signed as Standard Webhooks. The secret is shown only in this response; in a repetition under the same idempotency key it is null.',
  body: createEndpointBody,
  gives: {
    201: {
      description: 'The endpoint.',
      schema: webhookEndpoint,
      headers: { Location: 'The path of the endpoint.' },
    },
  },
} as const satisfies Contract;

const getContract = {
  method: 'get',
  path: '/api/v1/webhook-endpoints/{id}',
  id: 'getWebhookEndpoint',
  tag: TAG,
  summary: 'Read a webhook endpoint',
  params,
  gives: NOW,
} as const satisfies Contract;

const updateContract = {
  method: 'patch',
  path: '/api/v1/webhook-endpoints/{id}',
  id: 'updateWebhookEndpoint',
  tag: TAG,
  summary: 'Change, disable or enable a webhook endpoint',
  params,
  body: updateEndpointBody,
  gives: NOW,
} as const satisfies Contract;

const deleteContract = {
  method: 'delete',
  path: '/api/v1/webhook-endpoints/{id}',
  id: 'deleteWebhookEndpoint',
  tag: TAG,
  summary: 'Delete a webhook endpoint',
  description: 'Nothing more is sent to it; its deliveries stay stored.',
  params,
  gives: { 204: { description: 'Deleted.' } },
} as const satisfies Contract;

function present(caller: Caller, kept: WebhookEndpoint): WebhookEndpointJson {
  return {
    id: kept.id,
    url: shownUrl(kept.url, may(caller.role, 'endpoint.manage')),
    description: kept.description,
    statuses: [...kept.statuses],
    agents: [...kept.agents],
    sources: [...kept.sources],
    secret_count: kept.secrets.length,
    created_by: kept.createdBy,
    created_at: kept.createdAt.toISOString(),
    updated_at: kept.updatedAt.toISOString(),
    disabled_at: kept.disabledAt?.toISOString() ?? null,
    disabled_reason: kept.disabledReason,
    failing_since: kept.failingSince?.toISOString() ?? null,
  };
}

export function webhookEndpointRoutes({ webhooksOut }: RestServices): Endpoint[] {
  return [
    endpoint(listContract, async ({ caller }) => {
      const data = (await listEndpoints(webhooksOut, caller)).map((kept) => present(caller, kept));
      return { status: 200, json: { data, next_cursor: null } };
    }),
    endpoint(createContract, async ({ caller, body }) => {
      const { endpoint: kept, secret } = await createWebhookEndpoint(webhooksOut, caller, given(body));
      const json = present(caller, kept);
      return {
        status: 201,
        json: { ...json, secret },
        repeatedJson: { ...json, secret: null },
        headers: { location: `/api/v1/webhook-endpoints/${kept.id}` },
      };
    }),
    endpoint(getContract, async ({ caller, params: { id } }) => ({
      status: 200,
      json: present(caller, await readEndpoint(webhooksOut, caller, { id })),
    })),
    endpoint(updateContract, async ({ caller, params: { id }, body }) => {
      const { endpoint: kept, secret } = await updateWebhookEndpoint(webhooksOut, caller, {
        ...camelKeys(body),
        id,
      });
      const json = present(caller, kept);
      return { status: 200, json: secret === null ? json : { ...json, secret } };
    }),
    endpoint(deleteContract, async ({ caller, params: given }) => {
      await deleteWebhookEndpoint(webhooksOut, caller, given);
      return { status: 204 };
    }),
  ];
}
