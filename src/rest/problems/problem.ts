import { randomUUID } from 'node:crypto';
import { isDatabaseAway } from '../../core/database-away.ts';
import { type Issue, OperationError, Refusal } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { snakeCase } from '../../core/snake-case.ts';
import { JsonFault, pointerTo } from '../../core/strict-json.ts';
import { PROBLEMS, type ProblemCode, problemType } from './codes.ts';

/** One fault of a request: a place in its body, or one of its parameters. */
export interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly message: string;
}

interface ProblemExtras {
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members, snake_case. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A refusal by the REST API. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.extras = extras;
  }
}

/** The problem for invalid query parameters or headers. */
export function badParameters(faults: readonly { parameter: string; message: string }[]): Problem {
  const detail = faults.map(({ parameter, message }) => `${parameter}: ${message}`).join('; ');
  return new Problem('VALIDATION', detail, { faults });
}

/** Runs an action whose input is in the query: its faults are reported as parameters, not as places in a body. */
export function ofParameters<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const issues = error instanceof Refusal ? error.details.issues : undefined;
    if (!issues) throw error;
    throw badParameters(
      issues.map(({ path, message }) => ({ parameter: snakeCase(String(path[0])), message })),
    );
  }
}

export function malformed(detail: string): Problem {
  return new Problem('MALFORMED_REQUEST', detail);
}

/** PostgreSQL's code for a text with NUL. */
const UNTRANSLATABLE_CHARACTER = '22021';
const RETRY_AFTER_SECONDS = '2';

/** Use-cases report field names in camelCase; the client has sent them in snake_case. */
function faultOf({ path, message }: Issue): Fault {
  return {
    pointer: pointerTo(path.map((part, index) => (index === 0 ? snakeCase(String(part)) : part))),
    message,
  };
}

/** The problem for any thrown error. An unexpected error is logged under an id, and only the id is shown. */
export function toProblem(error: unknown, log: Log, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof JsonFault) {
    const { pointer, message } = error;
    return new Problem('MALFORMED_REQUEST', message, { faults: [{ pointer, message }] });
  }
  if (error instanceof Refusal) return refused(error);
  if (error instanceof OperationError) return unable(error.code, error.message);
  if (isDatabaseAway(error)) return unable('UNAVAILABLE', 'The database is unavailable; try again.');
  if ((error as { code?: unknown } | null)?.code === UNTRANSLATABLE_CHARACTER) {
    return new Problem('VALIDATION', 'A text contains a NUL character; remove it.');
  }
  const errorId = randomUUID();
  log.error({ err: error, errorId, requestId }, 'a REST request failed unexpectedly');
  return new Problem('INTERNAL', `Internal error; it is in the log as ${errorId}.`, {
    members: { error_id: errorId },
  });
}

function refused({ code, message, details }: Refusal): Problem {
  const { issues, from, to, allowed, currentVersion, heldBy } = details;
  const members = { from, to, allowed, current_version: currentVersion, held_by: heldBy };
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  const faults = issues?.map(faultOf);
  const detail = faults
    ?.map(({ pointer, message: what }) => `${pointer?.slice(1) || 'body'}: ${what}`)
    .join('; ');
  return new Problem(code, detail ?? message, {
    ...(faults && { faults }),
    members: Object.fromEntries(given),
  });
}

function unable(code: OperationError['code'], message: string): Problem {
  return new Problem(code, message, {
    headers: {
      ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
      ...(code === 'UNAVAILABLE' && { 'retry-after': RETRY_AFTER_SECONDS }),
    },
  });
}

/** The body of the response (RFC 9457). */
export function problemBody(problem: Problem, instance: string, requestId: string): Record<string, unknown> {
  const { code, extras, message } = problem;
  return {
    type: problemType(code),
    title: PROBLEMS[code].title,
    status: PROBLEMS[code].status,
    detail: message,
    instance,
    code,
    request_id: requestId,
    ...(extras.faults && { errors: extras.faults }),
    ...extras.members,
  };
}
