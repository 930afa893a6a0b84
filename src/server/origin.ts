/**
 * Whether a browser's page may connect: one whose origin is allowed by name, or our own page. The Host header alone
 * proves nothing for a name (whoever owns the name can point it at this machine), so our own is an address or
 * localhost; a server with a name lists it. A caller without an Origin is not a browser.
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
