import type { Page, PageRequest } from '../../core/page.ts';
import type { Reply } from './endpoint.ts';

/** A page of a list: its items, the cursor of the next page, and the same as a link (RFC 8288). */
export function pageReply<Item>(url: URL, page: Page<Item>, data: readonly unknown[]): Reply {
  const last = page.hasMore ? page.items.at(-1) : undefined;
  if (last === undefined) return { status: 200, json: { data, next_cursor: null } };
  const cursor = page.cursorOf(last);
  const next = new URLSearchParams(url.search);
  next.set('cursor', cursor);
  return {
    status: 200,
    json: { data, next_cursor: cursor },
    headers: { link: `<${url.pathname}?${next}>; rel="next"` },
  };
}

/** A page from the beginning of a list, or after a cursor. */
export function pageRequest(limit: number, cursor: string | undefined): PageRequest {
  return { limit, fromEnd: false, ...(cursor !== undefined && { after: cursor }) };
}
