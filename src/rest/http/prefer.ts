export const MAX_WAIT_SECONDS = 60;

/**
 * The seconds of `Prefer: wait=N` (RFC 7240), at most a minute. Undefined: no preference. An invalid preference is
 * ignored and is never an error (RFC 7240, section 2); `Preference-Applied` shows which one was applied.
 */
export function waitOf(prefer: string | null): number | undefined {
  for (const part of (prefer ?? '').split(',')) {
    const [name = '', value = ''] = (part.split(';')[0] ?? '').split('=').map((piece) => piece.trim());
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(value)?.[1];
    return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return undefined;
}
