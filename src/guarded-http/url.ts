import { isIP } from 'node:net';
import { hasControlCharacters } from '../core/clean-text.ts';
import { invalid } from '../core/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { whyNotPublic } from './addresses.ts';
import { allowsAddress, allowsHost, type OutgoingAllow } from './allow.ts';
import { OutboundRefused } from './errors.ts';

/** Names that never lead out of one's own network; what else leads there is seen when it is resolved. */
const PRIVATE_NAME = /^[^.]*$|(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;
/** Below it lie the ports of mail, files and shells; no receiver of webhooks listens there. */
const FIRST_FREE_PORT = 1024;
const WEB_PORTS = [80, 443];
const NEVER_IN_A_URL = /[\t\n\r \u0080-\u00a0\u2028\u2029\\]/;

export interface OutboundTarget {
  readonly url: URL;
  /** As it is looked up: lower case, without brackets, without a dot at the end. */
  readonly host: string;
  readonly port: number;
}

/**
 * What a URL says of where it leads, as far as that is known without resolving a name: the scheme, credentials, the port,
 * addresses however they are written, names of private networks. Throws `OutboundRefused`.
 */
export function outboundTarget(text: string, allow: OutgoingAllow): OutboundTarget {
  if (text.length > LIMITS.urlCharacters) {
    throw new OutboundRefused('url', `is longer than ${LIMITS.urlCharacters} characters`);
  }
  // The parser would drop or mend them, and what is shown would not be what is called.
  if (hasControlCharacters(text) || NEVER_IN_A_URL.test(text)) {
    throw new OutboundRefused('url', 'has a space, a control character or a backslash in it');
  }
  if (!URL.canParse(text)) {
    throw new OutboundRefused('url', 'is no URL; give one such as https://example.com/hooks');
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundRefused(
      'scheme',
      `must begin with https:// or http://, not ${url.protocol.slice(0, 40)}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundRefused('credentials', 'must not hold a user name or a password');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const target = { url, host, port };
  if (allowsHost(allow, host, port)) return target;
  if (port < FIRST_FREE_PORT && !WEB_PORTS.includes(port)) {
    throw new OutboundRefused('port', `must use port 80, 443 or one from ${FIRST_FREE_PORT} on, not ${port}`);
  }
  if (isIP(host) !== 0) mustBeReachable(target, host, allow);
  else if (PRIVATE_NAME.test(host)) {
    throw new OutboundRefused('host', `must not lead into a private network: ${host}${HOW_TO_ALLOW}`);
  }
  return target;
}

const HOW_TO_ALLOW = ' (ERRAND_OUTGOING_ALLOW names exceptions)';

/** Throws `OutboundRefused` unless the address is public, or the operator allows it or the host. */
export function mustBeReachable(target: OutboundTarget, address: string, allow: OutgoingAllow): void {
  if (allowsHost(allow, target.host, target.port) || allowsAddress(allow, address, target.port)) return;
  const why = whyNotPublic(address);
  if (why === undefined) return;
  const where = address === target.host ? address : `${target.host}, which is ${address}`;
  throw new OutboundRefused('address', `must not lead to ${where}: ${why}${HOW_TO_ALLOW}`);
}

/**
 * Checks a URL when it is saved, as far as that can be done without resolving its name (every call checks that).
 * Gives the URL as it is called. Throws `VALIDATION` at `url`.
 */
export function checkOutboundUrl(text: string, allow: OutgoingAllow): string {
  try {
    return outboundTarget(text, allow).url.href;
  } catch (error) {
    if (error instanceof OutboundRefused) throw invalid([{ path: ['url'], message: error.message }]);
    throw error;
  }
}
