import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Caller } from '../domain/permissions.ts';
import { answering } from './answering.ts';
import { sharing } from './cors.ts';
import { docsRoutes } from './docs-page.ts';
import type { Endpoint } from './endpoint.ts';
import type { RestEnvironment } from './environment.ts';
import { accepting, authenticating, conditional, guarded, identified } from './guards.ts';
import { onceOnly } from './idempotency.ts';
import { honoPath, refuseOtherMethods } from './methods.ts';
import { openApiRoutes } from './openapi.ts';
import { Problem } from './problem.ts';
import { answerProblem, answerUnreadable } from './problem-answer.ts';
import { problemRoutes } from './problem-pages.ts';
import { limiting } from './rate-limit.ts';
import { reading } from './reading.ts';
import { agentRoutes } from './routes/agents.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { eventRoutes } from './routes/events.ts';
import { taskRoutes } from './routes/tasks.ts';
import { triggerRoutes } from './routes/triggers.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { RestServices } from './services.ts';

export interface RestOptions {
  readonly services: RestServices;
  /** Who calls, from the Authorization header. Throws `OperationError`. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Origins of browsers that may call from elsewhere. */
  readonly allowedOrigins: readonly string[];
}

export interface Rest {
  /** Answers whatever comes under `/api/`, `/webhooks/` and `/problems/`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => unknown;
  /** Ends streams and waits; requests go on being answered. */
  close(): void;
}

/** All the operations, as the OpenAPI document has them. */
export function endpointsOf(services: RestServices): Endpoint[] {
  return [
    ...taskRoutes(services),
    ...eventRoutes(services),
    ...triggerRoutes(services),
    ...deliveryRoutes(services),
    ...webhookEndpointRoutes(services),
    ...agentRoutes(services),
    ...webhookRoutes(services),
  ];
}

/** The REST face: its guards in the order a request meets them. */
export function createRest(options: RestOptions): Rest {
  const { services, authenticate, allowedOrigins } = options;
  const closing = new AbortController();
  const app = new OpenAPIHono<RestEnvironment>();

  app.use('*', identified);
  app.use('*', guarded);
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
  app.notFound((context) =>
    answerProblem(context, new Problem('NOT_FOUND', 'There is nothing at this address.'), services.logger),
  );
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
