/** What neither a database nor a screen takes, as the inside of a character class: all control characters but tab and line breaks. */
const CONTROL = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f';
/** With the flag `u` only those that are half of a pair match. */
const SURROGATES = '\\ud800-\\udfff';
const BLANKS = '\\t\\n\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';

const control = new RegExp(`[${CONTROL}]`);
const everyControl = new RegExp(`[${CONTROL}]`, 'g');

/** Clean texts as a pattern for JSON Schema (flag `u`). */
export const CLEAN_TEXT_PATTERN = `^[^${CONTROL}${SURROGATES}]*$`;
/** The same with at least one character that shows. */
export const CLEAN_LINE_PATTERN = `^[${BLANKS}]*[^\\s${CONTROL}${SURROGATES}][^${CONTROL}${SURROGATES}]*$`;

export const UNCLEAN =
  'has control characters (only tab and line break are allowed) or half a surrogate pair';

export function hasControlCharacters(text: string): boolean {
  return control.test(text);
}

export function replaceControlCharacters(text: string, by: string): string {
  return text.replace(everyControl, by);
}

/** True when a database and a screen take the text as it is. */
export function isCleanText(text: string): boolean {
  return !hasControlCharacters(text) && text.isWellFormed();
}

/** What a database refuses, replaced: NUL and half surrogates become U+FFFD. Models and tools may send both. */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed;
}

/** In characters as JSON Schema and PostgreSQL count them: a pair of surrogates is one. */
export function isLongerThan(text: string, maxCharacters: number): boolean {
  if (text.length <= maxCharacters) return false;
  if (text.length > 2 * maxCharacters) return true;
  return [...text].length > maxCharacters;
}
