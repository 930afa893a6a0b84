import { z } from '@hono/zod-openapi';
import {
  CLEAN_LINE_PATTERN,
  CLEAN_TEXT_PATTERN,
  isCleanText,
  isLongerThan,
  UNCLEAN,
} from '../../core/clean-text.ts';
import { type IdKind, idPattern } from '../../core/ids.ts';

// The rules for texts, both for validation and for the OpenAPI document: a request that matches the document can be
// refused because of the stored state, but never because of its form.

/** A text of at most `maxCharacters`. */
export function text(maxCharacters: number) {
  return z
    .string()
    .refine((value) => !isLongerThan(value, maxCharacters), {
      error: `must have at most ${maxCharacters} characters`,
      abort: true,
    })
    .refine(isCleanText, { error: UNCLEAN })
    .openapi({ maxLength: maxCharacters, pattern: CLEAN_TEXT_PATTERN });
}

/** The same with at least one visible character. */
export function line(maxCharacters: number) {
  return text(maxCharacters)
    .refine((value) => value.trim() !== '', { error: 'is empty' })
    .openapi({ minLength: 1, maxLength: maxCharacters, pattern: CLEAN_LINE_PATTERN });
}

/** A text with a pattern in the OpenAPI document. The use-case checks it and reports what is wrong. */
export function formed(pattern: RegExp | string, maxCharacters: number) {
  return text(maxCharacters).openapi({
    pattern: typeof pattern === 'string' ? pattern : pattern.source,
    maxLength: maxCharacters,
  });
}

const MAX_ID_CHARACTERS = 64;

/** An id of a `kind`. An id of another form matches nothing. */
export function idText(kind: IdKind) {
  return formed(idPattern(kind), MAX_ID_CHARACTERS);
}

/** One of several values of a query parameter, which is repeated or separated by commas. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item).min(1);
}

/** The form of a URL. Which hosts are allowed is a setting of the installation. */
export const URL_PATTERN = /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#][!-[\]-~]*)?$/;
