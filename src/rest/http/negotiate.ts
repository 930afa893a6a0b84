import { Problem } from '../problems/problem.ts';

interface Range {
  readonly type: string;
  readonly quality: number;
}

function rangesOf(accept: string): Range[] {
  return accept.split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    if (type === '') return [];
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = q === undefined ? 1 : Number(q.slice(2));
    return [{ type, quality: Number.isFinite(quality) ? quality : 0 }];
  });
}

/** How much a client wants `type`, by the most specific range that names it (RFC 9110, 12.5.1); 0: not at all. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const names = [type, `${type.split('/')[0]}/*`, '*/*'];
  for (const name of names) {
    const range = ranges.find((candidate) => candidate.type === name);
    if (range) return range.quality;
  }
  return 0;
}

/** The one of `offered` that the client likes best, the first among equals. Throws `NOT_ACCEPTABLE`. */
export function negotiate(accept: string | null, offered: readonly string[]): string {
  const first = offered[0] ?? 'application/json';
  if (accept === null || accept.trim() === '') return first;
  const ranges = rangesOf(accept);
  const liked = offered
    .map((type) => ({ type, quality: qualityOf(type, ranges) }))
    .sort((a, b) => b.quality - a.quality)[0];
  if (liked && liked.quality > 0) return liked.type;
  throw new Problem('NOT_ACCEPTABLE', `This can be given as ${offered.join(' or ')} only.`);
}
