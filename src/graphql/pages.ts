import { invalid } from '../core/errors.ts';
import { newestFirstCursor, parsePosition } from '../core/newest-first.ts';
import type { PageRequest } from '../core/page.ts';
import { LIMITS } from '../domain/limits.ts';

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The page that a connection's arguments request. Throws `VALIDATION` for `first` with `last`, and for sizes out of range. */
export function parsePage(args: PageArguments): PageRequest {
  const { first, last, after, before } = args;
  if (typeof first === 'number' && typeof last === 'number') {
    throw invalid([{ path: ['last'], message: 'use first or last, not both' }]);
  }
  for (const [name, value] of [
    ['first', first],
    ['last', last],
  ] as const) {
    if (typeof value === 'number' && (value < 0 || value > LIMITS.maxPageSize)) {
      throw invalid([{ path: [name], message: `must be from 0 to ${LIMITS.maxPageSize}` }]);
    }
  }
  return {
    limit: first ?? last ?? LIMITS.pageSize,
    fromEnd: typeof last === 'number',
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  };
}

/** The number of items that a list's cost is multiplied by: the requested page size, at most the allowed one. */
export function pageMultiplier(args: PageArguments): number {
  return Math.max(1, Math.min(args.first ?? args.last ?? LIMITS.pageSize, LIMITS.maxPageSize));
}

/** A page in Relay's shape. `hasMore` is in the direction the page was read in. */
export function toConnection<Node>(page: {
  nodes: readonly Node[];
  cursorOf: (node: Node) => string;
  hasMore: boolean;
  request: PageRequest;
}) {
  const { nodes, cursorOf, hasMore, request } = page;
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: request.fromEnd ? request.before !== undefined : hasMore,
      hasPreviousPage: request.fromEnd ? hasMore : request.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/**
 * The rows of `newestPage` in Relay's shape; `momentOf` is the time that the list is ordered by. Throws `BAD_CURSOR` and
 * `VALIDATION`.
 */
export function toNewestConnection<Node extends { readonly id: string }>(
  rows: readonly Node[],
  args: PageArguments,
  momentOf: (node: Node) => Date,
) {
  const request = parsePage(args);
  for (const cursor of [request.after, request.before]) if (cursor !== undefined) parsePosition(cursor);
  const page = rows.slice(0, request.limit);
  return toConnection({
    nodes: request.fromEnd ? page.reverse() : page,
    cursorOf: (node) => newestFirstCursor(momentOf(node), node.id),
    hasMore: rows.length > request.limit,
    request,
  });
}

/** A filter without its null fields, which count as absent. */
export function toFilter<Filter extends object>(
  filter: Filter | null | undefined,
): { [Field in keyof Filter]?: NonNullable<Filter[Field]> } {
  return Object.fromEntries(
    Object.entries(filter ?? {}).filter(([, value]) => value !== null && value !== undefined),
  ) as never;
}
