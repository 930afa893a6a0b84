import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Hosts that outgoing calls may reach although they are not public, as configured by the operator. */
export interface OutgoingAllow {
  /** Names and single addresses, each with one port or with all. */
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
 * Parses `name[:port]`, addresses (IPv6 in brackets if a port follows) and CIDRs, separated by commas.
 * Returns the parsed entries, and a message for each invalid entry.
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
        `${JSON.stringify(entry.slice(0, 200))} is invalid; use a host such as hooks.internal or hooks.internal:8080, an address, or a network such as 10.0.0.0/8`,
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
  // A text that ends in a number is an address or a mistake, never a name.
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

/** One spelling for each IPv6 address: the one in the host of a URL. */
function canonical(address: string): string {
  return address.includes('%') ? address : ipaddr.IPv6.parse(address).toRFC5952String();
}

/** True if the operator allows this host, whatever its address is. */
export function allowsHost(allow: OutgoingAllow, host: string, port: number): boolean {
  return allow.hosts.some(
    (entry) => entry.host === host && (entry.port === undefined || entry.port === port),
  );
}

/** True if the operator allows this address or a network that contains it. */
export function allowsAddress(allow: OutgoingAllow, address: string, port: number): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  if (allowsHost(allow, family === 6 ? canonical(address) : address, port)) return true;
  // `::ffff:a.b.c.d` is called over IPv4, so a network of either family may contain it.
  const spellings = [ipaddr.parse(address), ipaddr.process(address)];
  return allow.networks.some((network) => spellings.some((one) => isWithin(one, network)));
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, { address: network, bits }: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
