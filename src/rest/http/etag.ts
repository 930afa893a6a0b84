import { createHash } from 'node:crypto';
import { Problem } from '../problems/problem.ts';

/** A strong tag: two responses with the same tag are equal byte for byte. The version in it is for people. */
export function etagOf(json: string, version?: number): string {
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, 22);
  return version === undefined ? `"${hash}"` : `"${version}.${hash}"`;
}

function tagsOf(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"|\*/g) ?? [];
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
export function isNotModified(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return tagsOf(ifNoneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}

/** If-Match compares strongly: a weak tag matches nothing. Throws `PRECONDITION_FAILED` with the current tag. */
export function mustMatch(ifMatch: string | null, etag: string, version: number): void {
  if (ifMatch === null || tagsOf(ifMatch).some((tag) => tag === '*' || tag === etag)) return;
  throw preconditionFailed(version, etag);
}

export function preconditionFailed(version: number | undefined, etag?: string): Problem {
  return new Problem(
    'PRECONDITION_FAILED',
    'The resource has changed since; read it again and send its new ETag.',
    {
      ...(version !== undefined && { members: { current_version: version } }),
      ...(etag !== undefined && { headers: { etag } }),
    },
  );
}
