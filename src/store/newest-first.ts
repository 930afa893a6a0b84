import { type Position, parsePosition } from '../core/newest-first.ts';
import type { PageRequest } from '../core/page.ts';
import type { Conditions } from './conditions.ts';

export { newestFirstCursor } from '../core/newest-first.ts';

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
