import { typeid } from 'typeid-js';

/** The kinds of ids, by prefix. Ids are UUIDv7, so they sort by their creation time. */
export const ID_KINDS = {
  task: 'task',
  event: 'evt',
  run: 'run',
  inputRequest: 'inp',
  apiKey: 'key',
  worker: 'wrk',
  trigger: 'trg',
  occurrence: 'occ',
  delivery: 'dlv',
  endpoint: 'whe',
} as const;
export type IdKind = keyof typeof ID_KINDS;

/** A new unique, sortable id with the prefix of its kind, such as `task_01jd…`. */
export function newId(kind: IdKind): string {
  return typeid(ID_KINDS[kind]).toString();
}

const SUFFIX = '[0-9a-hjkmnp-tv-z]{26}';
const SHAPE = new RegExp(`^[a-z]{1,8}_${SUFFIX}$`);

/** The ids of a kind as a pattern for JSON Schema. */
export function idPattern(kind: IdKind): string {
  return `^${ID_KINDS[kind]}_${SUFFIX}$`;
}

/** True if `text` has the format of an id of `kind`; the row may still be missing. */
export function isId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${ID_KINDS[kind]}_`) && SHAPE.test(text);
}

/** The kind of an id by its prefix; undefined for any other text. */
export function kindOfId(text: string): IdKind | undefined {
  if (!SHAPE.test(text)) return undefined;
  const prefix = text.slice(0, text.indexOf('_'));
  return (Object.keys(ID_KINDS) as IdKind[]).find((kind) => ID_KINDS[kind] === prefix);
}
