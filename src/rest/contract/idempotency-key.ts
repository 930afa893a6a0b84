import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';

const MAX = LIMITS.idempotencyKeyCharacters;

/** Printable ASCII without a blank at its ends. */
export const KEY = new RegExp(`^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${MAX - 2}}[\\x21-\\x7e])?$`);

/** The header as the document has it: a key, bare or as a structured string whose content is one. */
export const idempotencyKey = z.object({
  'idempotency-key': z.string().optional().openapi({
    minLength: 1,
    maxLength: MAX,
    pattern: `^(?:[!#-~](?:[ -~]*[!-~])?|"[!#-\\[\\]-~](?:[ !#-\\[\\]-~]*[!#-\\[\\]-~])?")$`,
    description:
      'A request is done once in 24 hours under its key. A repetition with the same body gets the status, the body and the headers of the first reply, whatever became of the resource since; a secret that is shown once is null in it. Another body is refused.',
    example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
  }),
});
