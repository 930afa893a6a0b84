/**
 * Whether a page in a browser may connect: a page with an allowed origin, or our own page. A name in the Host header
 * proves nothing, because its owner can point it at this machine (DNS rebinding). So our own page is one on an address
 * or localhost; a server with a name must list its origin. A caller without an Origin is not a browser.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowedOrigins: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin)) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  const { host: originHost, hostname } = new URL(origin);
  const isUnforgeable =
    hostname === 'localhost' || /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/.test(hostname);
  return isUnforgeable && originHost === host;
}
