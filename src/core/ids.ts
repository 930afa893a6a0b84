import { typeid } from 'typeid-js';

/** What an id may name; the prefix says which. Ids sort by the moment they were made (UUIDv7 inside). */
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

/** A new id such as `task_01jd…`: unique, sortable, and saying what it names. */
export function newId(kind: IdKind): string {
  return typeid(ID_KINDS[kind]).toString();
}

const SUFFIX = '[0-9a-hjkmnp-tv-z]{26}';
const SHAPE = new RegExp(`^[a-z]{1,8}_${SUFFIX}$`);

/** The ids of a kind as a pattern for JSON Schema. */
export function idPattern(kind: IdKind): string {
  return `^${ID_KINDS[kind]}_${SUFFIX}$`;
}

/** True when `text` has the shape of an id of `kind`; says nothing of whether the row exists. */
export function isId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${ID_KINDS[kind]}_`) && SHAPE.test(text);
}

/** The kind an id's prefix names, or undefined for anything that is no id of ours. */
export function kindOfId(text: string): IdKind | undefined {
  if (!SHAPE.test(text)) return undefined;
  const prefix = text.slice(0, text.indexOf('_'));
  return (Object.keys(ID_KINDS) as IdKind[]).find((kind) => ID_KINDS[kind] === prefix);
}
