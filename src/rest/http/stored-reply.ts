import { z } from '@hono/zod-openapi';
import type { Reply } from '../contract/endpoint.ts';

const stored = z.object({
  status: z.int(),
  json: z.unknown(),
  headers: z.record(z.string(), z.string()).optional(),
  etag: z.object({ version: z.int().optional() }).optional(),
});

/** A response as stored with its idempotency key for 24 hours, without secrets that are shown only once. */
export function storedReply({ status, json, repeatedJson, headers, etag }: Reply): string {
  return JSON.stringify({ status, json: repeatedJson ?? json, headers, etag });
}

/** The response to a repetition: the first response, marked as replayed. */
export function repeatedReply(text: string): Reply {
  const { status, json, headers, etag } = stored.parse(JSON.parse(text));
  return {
    status,
    json,
    headers: { ...headers, 'idempotency-replayed': 'true' },
    ...(etag && { etag: etag.version === undefined ? {} : { version: etag.version } }),
  };
}
