/** Forbidden characters for a character class: all control characters except tab and line breaks. */
const CONTROL = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f';
/** With the flag `u` only lone surrogates match. */
const SURROGATES = '\\ud800-\\udfff';
const BLANKS = '\\t\\n\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';

const control = new RegExp(`[${CONTROL}]`);
const everyControl = new RegExp(`[${CONTROL}]`, 'g');

/** Clean texts as a pattern for JSON Schema (flag `u`). */
export const CLEAN_TEXT_PATTERN = `^[^${CONTROL}${SURROGATES}]*$`;
/** The same with at least one visible character. */
export const CLEAN_LINE_PATTERN = `^[${BLANKS}]*[^\\s${CONTROL}${SURROGATES}][^${CONTROL}${SURROGATES}]*$`;

export const UNCLEAN = 'must not contain control characters (except tab and line break) or lone surrogates';

export function hasControlCharacters(text: string): boolean {
  return control.test(text);
}

export function replaceControlCharacters(text: string, by: string): string {
  return text.replace(everyControl, by);
}

/** True if the text can be stored and shown unchanged. */
export function isCleanText(text: string): boolean {
  return !hasControlCharacters(text) && text.isWellFormed();
}

/** Replaces what a database refuses: NUL and lone surrogates become U+FFFD. Models and tools may send both. */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed;
}

/** The length in code points, as JSON Schema and PostgreSQL count: a surrogate pair is one. */
export function isLongerThan(text: string, maxCharacters: number): boolean {
  if (text.length <= maxCharacters) return false;
  if (text.length > 2 * maxCharacters) return true;
  return [...text].length > maxCharacters;
}
