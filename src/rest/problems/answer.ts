import { randomUUID } from 'node:crypto';
import { RequestError } from '@hono/node-server';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Log } from '../../core/log.ts';
import type { RestContext } from '../environment.ts';
import { PROBLEMS } from './codes.ts';
import { malformed, problemBody, toProblem } from './problem.ts';

/** The response for an error. */
export function answerProblem(context: RestContext, error: unknown, log: Log): Response {
  const requestId = context.get('requestId');
  const problem = toProblem(error, log, requestId);
  const { status } = PROBLEMS[problem.code];
  for (const [name, value] of Object.entries(problem.extras.headers ?? {})) context.header(name, value);
  const { pathname } = new URL(context.req.raw.url);
  log.debug({ requestId, code: problem.code, status, path: pathname }, 'a REST request was refused');
  context.header('cache-control', 'no-store');
  context.header('content-type', 'application/problem+json');
  return context.body(
    JSON.stringify(problemBody(problem, pathname, requestId)),
    status as ContentfulStatusCode,
  );
}

/** The response to a request that cannot be routed: its target or Host header is invalid. */
export function answerUnreadable(error: unknown, log: Log): Response {
  const requestId = randomUUID();
  const isUnreadable = error instanceof RequestError;
  const shown = isUnreadable ? malformed('Invalid request target or Host header.') : error;
  const problem = toProblem(shown, log, requestId);
  return new Response(JSON.stringify(problemBody(problem, '', requestId)), {
    status: PROBLEMS[problem.code].status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-request-id': requestId,
    },
  });
}
