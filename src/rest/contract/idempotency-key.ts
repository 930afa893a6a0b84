import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';

const MAX = LIMITS.idempotencyKeyCharacters;

/** Printable ASCII without a space at its ends. */
export const KEY = new RegExp(`^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${MAX - 2}}[\\x21-\\x7e])?$`);

/** The header as in the OpenAPI document: a key, bare or as a structured string (RFC 9651). */
export const idempotencyKey = z.object({
  'idempotency-key': z.string().optional().openapi({
    minLength: 1,
    maxLength: MAX,
    pattern: `^(?:[!#-~](?:[ -~]*[!-~])?|"[!#-\\[\\]-~](?:[ !#-\\[\\]-~]*[!#-\\[\\]-~])?")$`,
    description:
      'For 24 hours, a request is executed once per key. A repetition with the same body gets the status, headers and body of the first response, even if the resource has changed since; a secret in it is null. A repetition with a different body is refused.',
    example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
  }),
});
