import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { isDatabaseAway } from '../core/database-away.ts';
import { OperationError, Refusal } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

export type Mask = (error: unknown) => GraphQLError;

/** The innermost error: GraphQL wraps what resolvers throw, sometimes more than once. */
function originOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError) origin = origin.originalError;
  return origin;
}

/** PostgreSQL's code for a text with NUL, which a filter can contain. */
const UNTRANSLATABLE_CHARACTER = '22021';
const UNAVAILABLE = 'The database is unavailable; try again.';

/**
 * What the API shows of an error. GraphQL errors (syntax, validation, limits) are shown as they are; expected errors keep
 * their code; an unexpected error is logged under an id, and only the id is shown.
 */
export function createMask(log: Log): Mask {
  return (error) => {
    const origin = originOf(error);
    if (origin instanceof GraphQLError) {
      const shown = error instanceof GraphQLError ? error : origin;
      // Validation sets its own code. What remains are syntax errors and variables of the wrong type.
      shown.extensions['code'] ??= shown.message.startsWith('Syntax Error')
        ? 'GRAPHQL_PARSE_FAILED'
        : 'BAD_USER_INPUT';
      return shown;
    }
    const place =
      error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
    const show = (message: string, extensions: Record<string, unknown>): GraphQLError =>
      new GraphQLError(message, { ...place, extensions });
    if (origin instanceof Refusal) return show(origin.message, { code: origin.code, ...origin.details });
    if (origin instanceof OperationError)
      return show(origin.message, { code: origin.code, ...origin.extensions });
    if (isDatabaseAway(origin)) return show(UNAVAILABLE, { code: 'UNAVAILABLE' });
    if ((origin as { code?: unknown } | null)?.code === UNTRANSLATABLE_CHARACTER) {
      return show('A text contains a NUL character; remove it.', { code: 'VALIDATION' });
    }
    const errorId = randomUUID();
    log.error({ err: origin, errorId }, 'a GraphQL operation failed unexpectedly');
    return show(`Internal error; it is in the log as ${errorId}.`, {
      code: 'INTERNAL',
      errorId,
    });
  };
}
