import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { parsePosition } from '../core/newest-first.ts';
import type { GraphQLContext } from './context.ts';
import { type PageArguments, parsePage } from './pages.ts';

type Moment = 'createdAt' | 'dueAt';
type Sign = 'lt' | 'gt';

/** Beyond a place, as an index range: `lte` bounds the walk, and the rest tells apart what has the same moment. */
function beyond(cursor: string, moment: Moment, sign: Sign) {
  const { at, id } = parsePosition(cursor);
  return {
    [moment]: sign === 'lt' ? { lte: at } : { gte: at },
    OR: [{ [moment]: { [sign]: at } }, { [moment]: at, id: { [sign]: id } }],
  };
}

/**
 * A page of a list of the newest first for Prisma: the rows that row values would give, without Prisma's own cursor,
 * which slows with the table. One row more than the page tells whether there are more. Throws `BAD_CURSOR` and
 * `VALIDATION`.
 */
export function newestPage<Where extends object>(args: PageArguments, moment: Moment, where?: Where) {
  const { limit, fromEnd, after, before } = parsePage(args);
  const direction = fromEnd ? ('asc' as const) : ('desc' as const);
  return {
    where: {
      AND: [
        ...(where ? [where] : []),
        ...(after === undefined ? [] : [beyond(after, moment, 'lt')]),
        ...(before === undefined ? [] : [beyond(before, moment, 'gt')]),
      ],
    },
    orderBy: [{ [moment]: direction }, { id: direction }],
    take: limit + 1,
  };
}

/**
 * The same for a list within a list, which is planned before its field resolves: what is wrong with its arguments is
 * the field's error and not the whole page's, so nothing is read here, and the field's `toNewestConnection` throws.
 */
export function nestedNewestPage<Where extends object>(args: PageArguments, moment: Moment, where?: Where) {
  try {
    return newestPage(args, moment, where);
  } catch {
    return { take: 0 };
  }
}

type NestedSelection = (selection: never, path?: never) => unknown;

/**
 * The page of a list within a list, with what its items are asked for. The plugin takes several paths at run time, as
 * its own connections give them; its public type knows one.
 */
export function nestedPage<Row>(nestedSelection: unknown, page: object, typename: string): Row {
  const items = { getType: () => typename, paths: ITEMS.map((path) => path.map((name) => ({ name }))) };
  return (nestedSelection as NestedSelection)(page as never, items as never) as Row;
}

/** Where the items of a connection are in a document. */
const ITEMS = [['nodes'], ['edges', 'node']];

/** What the items of a page are asked for, for Prisma to read with them. */
export function queryOfPage(context: GraphQLContext, info: GraphQLResolveInfo, typeName: string) {
  return queryFromInfo({ context, info, typeName, paths: ITEMS });
}
