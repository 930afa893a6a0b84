import { badParameters } from './problem.ts';

export const MAX_WAIT_SECONDS = 60;

/** The seconds of `Prefer: wait=N` (RFC 7240); undefined when nothing is preferred. Throws `VALIDATION` for nonsense. */
export function waitOf(prefer: string | null): number | undefined {
  for (const part of (prefer ?? '').split(',')) {
    const [name = '', value = ''] = (part.split(';')[0] ?? '').split('=').map((piece) => piece.trim());
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,4})"?$/.exec(value)?.[1];
    if (seconds !== undefined && Number(seconds) <= MAX_WAIT_SECONDS) return Number(seconds);
    const message = `wait must be a whole number of seconds from 0 to ${MAX_WAIT_SECONDS}`;
    throw badParameters([{ parameter: 'Prefer', message }]);
  }
  return undefined;
}
