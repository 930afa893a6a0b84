import { isIP } from 'node:net';
import { hasControlCharacters } from '../core/clean-text.ts';
import { invalid } from '../core/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { whyNotPublic } from './addresses.ts';
import { allowsAddress, allowsHost, type OutgoingAllow } from './allow.ts';
import { OutboundRefused } from './errors.ts';

/** Names that are always private; other names are checked when they are resolved. */
const PRIVATE_NAME = /^[^.]*$|(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;
/** Lower ports belong to services such as mail, files and shells, not to receivers of webhooks. */
const FIRST_FREE_PORT = 1024;
const WEB_PORTS = [80, 443];
const NEVER_IN_A_URL = /[\t\n\r \u0080-\u00a0\u2028\u2029\\]/;

export interface OutboundTarget {
  readonly url: URL;
  /** As used for the lookup: lower case, without brackets, without a trailing dot. */
  readonly host: string;
  readonly port: number;
}

/**
 * Checks a URL as far as possible without resolving its name: scheme, credentials, port, addresses in any notation, and
 * private names. Throws `OutboundRefused`.
 */
export function outboundTarget(text: string, allow: OutgoingAllow): OutboundTarget {
  if (text.length > LIMITS.urlCharacters) {
    throw new OutboundRefused('url', `is longer than ${LIMITS.urlCharacters} characters`);
  }
  // The URL parser would remove or replace them, and the URL shown would differ from the URL called.
  if (hasControlCharacters(text) || NEVER_IN_A_URL.test(text)) {
    throw new OutboundRefused('url', 'must not contain spaces, control characters or backslashes');
  }
  if (!URL.canParse(text)) {
    throw new OutboundRefused('url', 'must be a URL such as https://example.com/hooks');
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundRefused(
      'scheme',
      `must begin with https:// or http://, not ${url.protocol.slice(0, 40)}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundRefused('credentials', 'must not contain a user name or password');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const target = { url, host, port };
  if (allowsHost(allow, host, port)) return target;
  if (port < FIRST_FREE_PORT && !WEB_PORTS.includes(port)) {
    throw new OutboundRefused('port', `must use port 80, 443, or ${FIRST_FREE_PORT} or higher, not ${port}`);
  }
  if (isIP(host) !== 0) mustBeReachable(target, host, allow);
  else if (PRIVATE_NAME.test(host)) {
    throw new OutboundRefused('host', `must not point to a private network: ${host}${HOW_TO_ALLOW}`);
  }
  return target;
}

const HOW_TO_ALLOW = ' (the operator can allow it with ERRAND_OUTGOING_ALLOW)';

/** Throws `OutboundRefused` unless the address is public or the operator allows it or the host. */
export function mustBeReachable(target: OutboundTarget, address: string, allow: OutgoingAllow): void {
  if (allowsHost(allow, target.host, target.port) || allowsAddress(allow, address, target.port)) return;
  const why = whyNotPublic(address);
  if (why === undefined) return;
  const where = address === target.host ? address : `${target.host}, which is ${address}`;
  throw new OutboundRefused('address', `must not point to ${where}: ${why}${HOW_TO_ALLOW}`);
}

/**
 * Checks a URL when it is saved, without resolving its name (every call does that).
 * Returns the URL as it will be called. Throws `VALIDATION` at `url`.
 */
export function checkOutboundUrl(text: string, allow: OutgoingAllow): string {
  try {
    return outboundTarget(text, allow).url.href;
  } catch (error) {
    if (error instanceof OutboundRefused) throw invalid([{ path: ['url'], message: error.message }]);
    throw error;
  }
}
