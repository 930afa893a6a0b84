import { BlockList, isIP } from 'node:net';

/** What of IPv4 is not the public internet (the IANA registry of special purposes), and one cloud's metadata beside it. */
const NOT_PUBLIC_IPV4: readonly (readonly [network: string, bits: number, what: string])[] = [
  ['0.0.0.0', 8, 'this very machine'],
  ['10.0.0.0', 8, 'a private network'],
  ['100.64.0.0', 10, "a carrier's shared network"],
  ['127.0.0.0', 8, 'this very machine'],
  ['168.63.129.16', 32, "a cloud's metadata"],
  ['169.254.0.0', 16, "link-local, where clouds' metadata lie"],
  ['172.16.0.0', 12, 'a private network'],
  ['192.0.0.0', 24, 'reserved for protocols'],
  ['192.0.2.0', 24, 'for documentation'],
  ['192.88.99.0', 24, 'a relay into IPv6'],
  ['192.168.0.0', 16, 'a private network'],
  ['198.18.0.0', 15, 'for benchmarks'],
  ['198.51.100.0', 24, 'for documentation'],
  ['203.0.113.0', 24, 'for documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved or broadcast'],
];

/** Of IPv6 only 2000::/3 is given out; within it this is not. What lies outside is refused without naming it. */
const NOT_PUBLIC_IPV6: readonly (readonly [network: string, bits: number, what: string])[] = [
  ['2001::', 23, 'reserved for protocols (Teredo among them)'],
  ['2001:db8::', 32, 'for documentation'],
  ['2002::', 16, '6to4, which holds an IPv4 address'],
  ['3fff::', 20, 'for documentation'],
];

function listOf(network: string, bits: number, family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list;
}

const IPV4 = NOT_PUBLIC_IPV4.map(([network, bits, what]) => ({ list: listOf(network, bits, 'ipv4'), what }));
const IPV6 = NOT_PUBLIC_IPV6.map(([network, bits, what]) => ({ list: listOf(network, bits, 'ipv6'), what }));
const GIVEN_OUT = listOf('2000::', 3, 'ipv6');
/** `::ffff:a.b.c.d`, which a system dials over IPv4; and the well-known prefix of NAT64, where a gateway does. */
const HOLDS_IPV4 = [listOf('::ffff:0:0', 96, 'ipv6'), listOf('64:ff9b::', 96, 'ipv6')];

/** Why an address is not of the public internet, in words; undefined when it is. Anything that is no address is not. */
export function whyNotPublic(address: string): string | undefined {
  const family = isIP(address);
  if (family === 4) return IPV4.find(({ list }) => list.check(address, 'ipv4'))?.what;
  if (family !== 6) return 'no address';
  if (address.includes('%')) return 'an address of one network card';
  if (HOLDS_IPV4.some((list) => list.check(address, 'ipv6'))) {
    const why = whyNotPublic(lastFourBytes(address));
    return why === undefined ? undefined : `${why}, as IPv4 within IPv6`;
  }
  if (!GIVEN_OUT.check(address, 'ipv6')) {
    return address === '::1' ? 'this very machine' : 'private, link-local, multicast or reserved in IPv6';
  }
  return IPV6.find(({ list }) => list.check(address, 'ipv6'))?.what;
}

/** The IPv4 address in the last 32 bits of an IPv6 address, however that is written. */
function lastFourBytes(address: string): string {
  // The URL parser writes every spelling of an address in one way: hexadecimal groups, the longest run of zeros cut.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':');
  const [high, low] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.');
}
