import type { PageRequest } from '../../store/tasks/list.ts';
import type { Reply } from './endpoint.ts';

/** A page of a list: its data, the cursor of the next one, and the same as a link (RFC 8288). */
export function pageReply(url: URL, data: readonly unknown[], nextCursor: string | null): Reply {
  if (nextCursor === null) return { status: 200, json: { data, next_cursor: null } };
  const next = new URLSearchParams(url.search);
  next.set('cursor', nextCursor);
  return {
    status: 200,
    json: { data, next_cursor: nextCursor },
    headers: { link: `<${url.pathname}?${next}>; rel="next"` },
  };
}

/** A page as the store reads it: from the beginning, or after a cursor. */
export function pageRequest(limit: number, cursor: string | undefined): PageRequest {
  return { limit, fromEnd: false, ...(cursor !== undefined && { after: cursor }) };
}
