import { z } from 'zod';
import { OperationError } from '../core/errors.ts';
import type { PageRequest } from '../core/page.ts';
import type { Conditions } from './conditions.ts';

/** The position of a row in a list, newest first: its time, and its id for rows with the same time. */
interface Position {
  readonly at: string;
  readonly id: string;
}

const cursorSchema = z.tuple([
  z.iso.datetime().refine((at) => at >= '0001'),
  z.string().regex(/^[a-z0-9_]{1,64}$/),
]);

/** The cursor of a row in a list, newest first; opaque to the caller. */
export function newestFirstCursor(at: Date, id: string): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url');
}

/** Throws `BAD_CURSOR`. */
function parsePosition(cursor: string): Position {
  try {
    const [at, id] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { at, id };
  } catch {
    throw new OperationError('BAD_CURSOR', 'Invalid cursor; omit it for the first page.');
  }
}

export interface NewestPage<Row> {
  readonly rows: Row[];
  /** True if there are more rows in the direction of the read. */
  readonly hasMore: boolean;
}

/** Makes a page of the rows that were read; one more row than the limit means that there are more. */
export function toNewestPage<Row>(rows: readonly Row[], page: PageRequest): NewestPage<Row> {
  const own = rows.slice(0, page.limit);
  return { rows: page.fromEnd ? own.reverse() : own, hasMore: rows.length > page.limit };
}

/** Adds the conditions of the page's bounds, as row values, and returns the order and limit. Throws `BAD_CURSOR`. */
export function boundNewest(
  conditions: Conditions,
  page: PageRequest,
  columns: readonly [at: string, id: string],
): string {
  const [at, id] = columns;
  const bound = (cursor: string, sign: string): void => {
    const position = parsePosition(cursor);
    conditions.values.push(position.at, position.id);
    const n = conditions.values.length;
    conditions.parts.push(`(${at}, ${id}) ${sign} ($${n - 1}::timestamptz, $${n}::text)`);
  };
  if (page.after !== undefined) bound(page.after, '<');
  if (page.before !== undefined) bound(page.before, '>');
  const direction = page.fromEnd ? 'asc' : 'desc';
  return `order by ${at} ${direction}, ${id} ${direction} limit ${page.limit + 1}`;
}

/** The table and columns from which the pages of several parents are read in one statement. */
export interface ListOfParents {
  /** First part of the statement's name. */
  readonly name: string;
  readonly columns: string;
  readonly table: string;
  /** The alias of a row in `columns`. */
  readonly alias: string;
  readonly parent: string;
  readonly at: string;
}

/** Positions outside all rows, so that one statement serves pages with and without bounds. */
const AFTER_NOTHING: Position = { at: 'infinity', id: '' };
const BEFORE_NOTHING: Position = { at: '-infinity', id: '' };

/**
 * The same page of each parent's list in one statement, an index range scan (parent, time, id) for each. Pass it to
 * `pool.query`, and its rows to `pagesOf`. Throws `BAD_CURSOR`.
 */
export function ofParents(list: ListOfParents, parentIds: readonly string[], page: PageRequest) {
  const { alias, parent, at } = list;
  const direction = page.fromEnd ? 'asc' : 'desc';
  const after = page.after === undefined ? AFTER_NOTHING : parsePosition(page.after);
  const before = page.before === undefined ? BEFORE_NOTHING : parsePosition(page.before);
  return {
    name: `${list.name}-${page.fromEnd ? 'backward' : 'forward'}`,
    text: `select ${list.columns} from unnest($1::text[]) as asked (id) cross join lateral (
      select * from ${list.table} i where i.${parent} = asked.id
        and (i.${at}, i.id) < ($2::timestamptz, $3::text) and (i.${at}, i.id) > ($4::timestamptz, $5::text)
      order by i.${at} ${direction}, i.id ${direction} limit $6
    ) ${alias} order by ${alias}.${at} ${direction}, ${alias}.id ${direction}`,
    values: [parentIds, after.at, after.id, before.at, before.id, page.limit + 1],
  };
}

/** One page per parent, in the order of `parentIds`. */
export function pagesOf<Row>(
  rows: readonly Row[],
  parentIds: readonly string[],
  parentOf: (row: Row) => string,
  page: PageRequest,
): NewestPage<Row>[] {
  const byParent = new Map<string, Row[]>(parentIds.map((id) => [id, []]));
  for (const row of rows) byParent.get(parentOf(row))?.push(row);
  return parentIds.map((id) => toNewestPage(byParent.get(id) ?? [], page));
}
