import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Caller } from '../domain/permissions.ts';
import { agentRoutes } from './agents/routes.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import { openApiRoutes } from './docs/openapi.ts';
import { docsRoutes } from './docs/page.ts';
import type { RestEnvironment } from './environment.ts';
import { eventRoutes } from './events/routes.ts';
import { answering } from './http/answering.ts';
import { sharing } from './http/cors.ts';
import { accepting, authenticating, conditional, identified, secured, uncached } from './http/guards.ts';
import { onceOnly } from './http/idempotency.ts';
import { honoPath, refuseOtherMethods } from './http/methods.ts';
import { limiting } from './http/rate-limit.ts';
import { reading } from './http/reading.ts';
import { answerProblem, answerUnreadable } from './problems/answer.ts';
import { problemRoutes } from './problems/pages.ts';
import { Problem } from './problems/problem.ts';
import { runRoutes } from './runs/routes.ts';
import type { RestServices } from './services.ts';
import { taskRoutes } from './tasks/routes.ts';
import { triggerRoutes } from './triggers/routes.ts';
import { webhookEndpointRoutes } from './webhook-endpoints/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

export interface RestOptions {
  readonly services: RestServices;
  /** Returns the caller for an Authorization header. Throws `OperationError`. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Other origins whose pages may call the API (CORS). */
  readonly allowedOrigins: readonly string[];
}

export interface Rest {
  /** Handles all requests under `/api/`, `/webhooks/` and `/problems/`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => unknown;
  /** Ends streams and waits. Other requests are still handled. */
  close(): void;
}

/** All operations, in the order of the OpenAPI document. */
export function endpointsOf(services: RestServices): Endpoint[] {
  return [
    ...taskRoutes(services),
    ...eventRoutes(services),
    ...runRoutes(services),
    ...triggerRoutes(services),
    ...deliveryRoutes(services),
    ...webhookEndpointRoutes(services),
    ...agentRoutes(services),
    ...webhookRoutes(services),
  ];
}

/** The REST API, with its guards in the order in which they see a request. */
export function createRest(options: RestOptions): Rest {
  const { services, authenticate, allowedOrigins } = options;
  const closing = new AbortController();
  const app = new OpenAPIHono<RestEnvironment>();

  app.use('*', identified);
  app.use('*', secured);
  app.use('*', uncached);
  app.use('*', sharing(allowedOrigins));
  const operations = endpointsOf(services);
  const endpoints = [...operations, ...openApiRoutes(operations), ...docsRoutes(), ...problemRoutes()];
  for (const endpoint of endpoints) {
    const { method, path, isOpen } = endpoint.contract;
    const guards = [
      accepting(endpoint),
      ...(isOpen ? [] : [authenticating(authenticate), limiting(services)]),
      conditional(endpoint),
      reading(endpoint),
      onceOnly(endpoint, services, closing.signal),
    ];
    const on = [method.toUpperCase(), honoPath(path)] as const;
    for (const guard of guards) app.on(...on, guard);
    app.on(...on, answering(endpoint, closing.signal));
  }
  refuseOtherMethods(app, endpoints);
  app.notFound((context) => answerProblem(context, new Problem('NOT_FOUND', 'Not found'), services.logger));
  app.onError((error, context) => answerProblem(context, error, services.logger));

  return {
    handle: getRequestListener(app.fetch, {
      overrideGlobalObjects: false,
      hostname: 'localhost',
      errorHandler: (error) => answerUnreadable(error, services.logger),
    }),
    close: () => closing.abort(),
  };
}
