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

/** PostgreSQL's code for a text with NUL, as a filter may hold one. */
const UNTRANSLATABLE_CHARACTER = '22021';
const UNAVAILABLE = 'The database does not answer at this moment; try again.';

/**
 * What a face may show of an error. Errors of the language (syntax, validation, limits) are safe as they are; expected
 * ones keep their code; whatever nobody foresaw is logged whole under an id, and only the id is shown.
 */
export function createMask(log: Log): Mask {
  return (error) => {
    const origin = originOf(error);
    if (origin instanceof GraphQLError) {
      const shown = error instanceof GraphQLError ? error : origin;
      // Validation sets a code of its own; besides syntax, what is left are variables of the wrong type.
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
      return show('A text holds a NUL, which the database does not take.', { code: 'VALIDATION' });
    }
    const errorId = randomUUID();
    log.error({ err: origin, errorId }, 'an operation failed in a way that nobody foresaw');
    return show(`Something went wrong that should not have. It was logged as ${errorId}.`, {
      code: 'INTERNAL',
      errorId,
    });
  };
}
