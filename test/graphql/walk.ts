import { expect } from 'vitest';

/** More pages than any test has. */
const MOST_PAGES = 100;

/** A connection as a client sees it. */
export interface Page {
  readonly edges: { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** What `Page` is asked for by. */
export const PAGE =
  'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

/** Every id, page by page, forward or backward. */
export async function walk(
  page: (args: string) => Promise<Page>,
  size: number,
  forward: boolean,
): Promise<string[]> {
  const ids: string[] = [];
  let place = '';
  for (let pages = 0; pages <= MOST_PAGES; pages += 1) {
    const { edges, pageInfo } = await page(forward ? `first: ${size}${place}` : `last: ${size}${place}`);
    const own = edges.map(({ node }) => node.id);
    if (forward) ids.push(...own);
    else ids.unshift(...own);
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
    if (!(forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return ids;
    place = forward ? `, after: "${pageInfo.endCursor}"` : `, before: "${pageInfo.startCursor}"`;
  }
  throw new Error('the pages do not end');
}
