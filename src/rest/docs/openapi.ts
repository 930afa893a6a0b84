import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { type Contract, type Endpoint, endpoint, type Gives } from '../contract/endpoint.ts';
import { idempotencyKey } from '../contract/idempotency-key.ts';
import { PROBLEMS, type ProblemCode } from '../problems/codes.ts';
import { problem } from '../problems/schema.ts';

/** Error codes of every operation. */
const ALWAYS: readonly ProblemCode[] = [
  'MALFORMED_REQUEST',
  'NOT_ACCEPTABLE',
  'VALIDATION',
  'INTERNAL',
  'UNAVAILABLE',
];
const WITH_KEY: readonly ProblemCode[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED'];
const WITH_BODY: readonly ProblemCode[] = ['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

const RATE_HEADERS = {
  RateLimit: { description: 'The remaining requests: `"key";r=599;t=42`.', schema: { type: 'string' } },
  'RateLimit-Policy': { description: 'The limit: `"key";q=600;w=60`.', schema: { type: 'string' } },
} as const;
const REQUEST_ID = {
  'X-Request-Id': {
    description: 'The id of this request, which is also in the log.',
    schema: { type: 'string' },
  },
} as const;
const REPLAYED = {
  'Idempotency-Replayed': {
    description: '`true`: this is the response to an earlier request with the same `Idempotency-Key`.',
    schema: { type: 'string' },
  },
} as const;
const RETRY_AFTER = {
  'Retry-After': { description: 'The number of seconds to wait.', schema: { type: 'string' } },
} as const;
const RETRIED: readonly ProblemCode[] = ['RATE_LIMITED', 'UNAVAILABLE', 'IDEMPOTENCY_KEY_IN_FLIGHT'];

const TAGS = {
  Tasks: 'Pieces of work with a title, a status and a history.',
  Events: 'The history of tasks, in pages and as a live stream.',
  Triggers: 'Rules that create tasks: cron schedules and webhooks.',
  Deliveries: 'Incoming and outgoing calls of webhooks, with the result of each.',
  'Webhook endpoints': 'URLs that status changes of tasks are sent to.',
  Agents: 'Models with a system prompt and tools, from the configuration.',
  Webhooks: 'URLs that other systems call.',
};

function codesOf({ contract, keyedBy }: Endpoint): ProblemCode[] {
  const { method, isOpen, body, isBodyRaw, params, refuses = [] } = contract;
  return [
    ...new Set([
      ...ALWAYS,
      ...(isOpen ? [] : WITH_KEY),
      ...(body || isBodyRaw ? WITH_BODY : []),
      ...(params ? (['NOT_FOUND'] as const) : []),
      ...(method === 'get' || isBodyRaw ? [] : (['PRECONDITION_FAILED'] as const)),
      ...(keyedBy ? (['IDEMPOTENCY_KEY_REUSED'] as const) : []),
      ...(keyedBy === 'request' ? (['IDEMPOTENCY_KEY_IN_FLIGHT'] as const) : []),
      ...refuses,
    ]),
  ];
}

function refusals(endpoint: Endpoint): RouteConfig['responses'] {
  const codes = codesOf(endpoint);
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const meant = codes.filter((code) => PROBLEMS[code].status === status);
      return [
        status,
        {
          description: meant.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
          headers: {
            ...REQUEST_ID,
            ...(meant.some((code) => RETRIED.includes(code)) && RETRY_AFTER),
          },
          content: { 'application/problem+json': { schema: problem } },
        },
      ];
    }),
  );
}

function answers({ contract, keyedBy }: Endpoint): RouteConfig['responses'] {
  const answerOf = ({ description, schema, headers = {}, also = {} }: Gives) => ({
    description,
    headers: {
      ...REQUEST_ID,
      ...(!contract.isOpen && RATE_HEADERS),
      ...(keyedBy && REPLAYED),
      ...Object.fromEntries(
        Object.entries(headers).map(([name, what]) => [
          name,
          { description: what, schema: { type: 'string' } },
        ]),
      ),
    },
    ...((schema || Object.keys(also).length > 0) && {
      content: {
        ...(schema && { 'application/json': { schema } }),
        ...Object.fromEntries(
          Object.entries(also).map(([type, { description: what, example }]) => [
            type,
            { schema: { type: 'string', description: what }, example },
          ]),
        ),
      },
    }),
  });
  return Object.fromEntries(
    Object.entries(contract.gives).map(([status, gives]) => [status, answerOf(gives)]),
  ) as RouteConfig['responses'];
}

function routeOf(endpoint: Endpoint): RouteConfig {
  const { contract, keyedBy } = endpoint;
  const {
    method,
    path,
    id,
    tag,
    summary,
    description,
    isOpen,
    params,
    query,
    headers,
    body,
    isBodyOptional,
    isBodyRaw,
  } = contract;
  const head = keyedBy ? (headers ? headers.extend(idempotencyKey.shape) : idempotencyKey) : headers;
  return {
    method,
    path,
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: isOpen ? [] : [{ key: [] }],
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(head && { headers: head }),
      ...(body && {
        body: {
          required: !isBodyOptional,
          content: { [isBodyRaw ? '*/*' : 'application/json']: { schema: body } },
        },
      }),
    },
    responses: { ...answers(endpoint), ...refusals(endpoint) },
  };
}

/** The OpenAPI 3.1 document of these operations, generated from the schemas that validate them. */
export function openApiDocument(endpoints: readonly Endpoint[]) {
  const generator = new OpenAPIHono();
  const registry = generator.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of this installation: `errand_…`.',
  });
  for (const one of endpoints) registry.registerPath(routeOf(one));
  return generator.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Errand',
      version: '1.0.0',
      description:
        'The REST API of the task and job system for AI agents. Errors are problems (RFC 9457); every POST accepts an `Idempotency-Key`; lists are paged through `next_cursor` or `Link`.',
      // The types are those of OpenAPI 3.0, which has no identifier.
      license: { name: 'MIT', identifier: 'MIT' } as { name: string },
    },
    servers: [{ url: '/', description: 'This installation.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ key: [] }],
  });
}

const readOpenApi = {
  method: 'get',
  path: '/api/v1/openapi.json',
  id: 'readOpenApi',
  tag: 'Documentation',
  summary: 'This document',
  isOpen: true,
  gives: { 200: { description: 'The OpenAPI document.' } },
} as const satisfies Contract;

export function openApiRoutes(operations: readonly Endpoint[]): Endpoint[] {
  let document: unknown;
  return [
    endpoint(readOpenApi, async () => {
      document ??= openApiDocument(operations);
      return { status: 200, json: document, etag: {} };
    }),
  ];
}
