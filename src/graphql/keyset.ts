import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { parsePosition } from '../core/newest-first.ts';
import type { GraphQLContext } from './context.ts';
import { type PageArguments, parsePage } from './pages.ts';

type Moment = 'createdAt' | 'dueAt';
type Sign = 'lt' | 'gt';

/** The rows beyond a position, as an index range: `lte` bounds the range, and `OR` separates rows with the same time. */
function beyond(cursor: string, moment: Moment, sign: Sign) {
  const { at, id } = parsePosition(cursor);
  return {
    [moment]: sign === 'lt' ? { lte: at } : { gte: at },
    OR: [{ [moment]: { [sign]: at } }, { [moment]: at, id: { [sign]: id } }],
  };
}

/**
 * A page of a list, newest first, as a Prisma query: the same rows as a comparison of row values, without Prisma's own
 * cursor, which becomes slower as the table grows. One extra row shows whether more rows follow. Throws `BAD_CURSOR`
 * and `VALIDATION`.
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
 * The same for a list within a list. It is planned before its field resolves, and invalid arguments must fail only that
 * field, not the whole page. So nothing is read here, and the field's `toNewestConnection` throws.
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
 * The page of a list within a list, with the requested fields of its items. The plugin accepts several paths at run
 * time, as its own connections pass them; its public type has only one.
 */
export function nestedPage<Row>(nestedSelection: unknown, page: object, typename: string): Row {
  const items = { getType: () => typename, paths: ITEMS.map((path) => path.map((name) => ({ name }))) };
  return (nestedSelection as NestedSelection)(page as never, items as never) as Row;
}

/** The paths of a connection's items in a document. */
const ITEMS = [['nodes'], ['edges', 'node']];

/** The requested fields of a page's items, as a Prisma query. */
export function queryOfPage(context: GraphQLContext, info: GraphQLResolveInfo, typeName: string) {
  return queryFromInfo({ context, info, typeName, paths: ITEMS });
}
