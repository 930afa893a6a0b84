import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What outgoing calls may reach although it is not public, as configured by the operator of this installation. */
export interface OutgoingAllow {
  /** Names and single addresses, each at one port or at any. */
  readonly hosts: readonly { readonly host: string; readonly port: number | undefined }[];
  readonly networks: readonly Network[];
}

interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly bits: number;
}

/** Only the public internet. */
export const NOTHING_ALLOWED: OutgoingAllow = { hosts: [], networks: [] };

const NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const NAMED = /^(?:\[(?<address>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]/]+))(?::(?<port>\d{1,5}))?$/;

/**
 * Reads `name[:port]`, addresses (IPv6 in brackets when a port follows) and CIDRs, separated by commas.
 * Gives what it read, and a line for each entry that is none of these.
 */
export function parseOutgoingAllow(text: string): { allow: OutgoingAllow; wrong: string[] } {
  const hosts: { host: string; port: number | undefined }[] = [];
  const networks: Network[] = [];
  const wrong: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim().toLowerCase())) {
    if (entry === '') continue;
    const host = isIP(entry) === 6 ? { host: canonical(entry), port: undefined } : parseHost(entry);
    const network = host ? undefined : parseNetwork(entry);
    if (host) hosts.push(host);
    else if (network) networks.push(network);
    else {
      wrong.push(
        `${JSON.stringify(entry.slice(0, 200))} is none of: a host such as hooks.internal or hooks.internal:8080, an address, a network such as 10.0.0.0/8`,
      );
    }
  }
  return { allow: { hosts, networks }, wrong };
}

function parseHost(entry: string): { host: string; port: number | undefined } | undefined {
  const { address, name, port } = NAMED.exec(entry)?.groups ?? {};
  const portNumber = port === undefined ? undefined : Number(port);
  if (portNumber !== undefined && (portNumber < 1 || portNumber > 65_535)) return undefined;
  if (address !== undefined) {
    return isIP(address) === 6 ? { host: canonical(address), port: portNumber } : undefined;
  }
  if (name === undefined) return undefined;
  // Text that ends in a number is an address or a mistake, never a name.
  const isName = NAME.test(name) && !/^(?:\d+|0x[0-9a-f]*)$/.test(name.split('.').at(-1) ?? '');
  return isIP(name) === 4 || isName ? { host: name, port: portNumber } : undefined;
}

function parseNetwork(entry: string): Network | undefined {
  const [address = '', bits = '', ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  if (Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  return { address: ipaddr.parse(address), bits: Number(bits) };
}

/** One spelling for each IPv6 address, the one in the host of a URL. */
function canonical(address: string): string {
  return address.includes('%') ? address : ipaddr.IPv6.parse(address).toRFC5952String();
}

/** True when the operator named this host, whatever address it has. */
export function allowsHost(allow: OutgoingAllow, host: string, port: number): boolean {
  return allow.hosts.some(
    (entry) => entry.host === host && (entry.port === undefined || entry.port === port),
  );
}

/** True when the operator named this address, or a network that it lies in. */
export function allowsAddress(allow: OutgoingAllow, address: string, port: number): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  if (allowsHost(allow, family === 6 ? canonical(address) : address, port)) return true;
  // A system dials `::ffff:a.b.c.d` over IPv4: a network of either family may hold it.
  const spellings = [ipaddr.parse(address), ipaddr.process(address)];
  return allow.networks.some((network) => spellings.some((one) => isWithin(one, network)));
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, { address: network, bits }: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
