import { accepts } from 'hono/accepts';
import type { RestContext } from '../environment.ts';
import { Problem } from '../problems/problem.ts';

/** The ranges of an Accept header; the library does not export their type. */
type Ranges = Parameters<NonNullable<Parameters<typeof accepts>[1]['match']>>[0];

/** The quality of `type` by the most specific range that matches it (RFC 9110, 12.5.1); 0: not acceptable. */
function qualityOf(type: string, ranges: Ranges): number {
  for (const name of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const range = ranges.find((candidate) => candidate.type.toLowerCase() === name);
    if (range) return range.q;
  }
  return 0;
}

/**
 * The media type of `offered` that the client prefers, the first among equals. Throws `NOT_ACCEPTABLE`. The library
 * parses the header; we choose, because the library's own choice never matches `*\/*`.
 */
export function negotiate(context: RestContext, offered: readonly [string, ...string[]]): string {
  return accepts(context, {
    header: 'Accept',
    supports: [...offered],
    default: offered[0],
    match: (ranges) => {
      if (ranges.length === 0) return offered[0];
      const preferred = offered
        .map((type) => ({ type, quality: qualityOf(type, ranges) }))
        .sort((a, b) => b.quality - a.quality)[0];
      if (preferred && preferred.quality > 0) return preferred.type;
      throw new Problem('NOT_ACCEPTABLE', `Not acceptable; Accept must include ${offered.join(' or ')}.`);
    },
  });
}
