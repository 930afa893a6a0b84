import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Log } from '../core/log.ts';
import type { RestContext } from './environment.ts';
import { problemBody, toProblem } from './problem.ts';
import { PROBLEMS } from './problem-codes.ts';

/** Answers with the problem that `error` is. */
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
