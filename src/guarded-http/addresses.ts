import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Reasons for the ranges of ipaddr.js. The ranges of AS 112 and of AMT relays are public, like `unicast`. */
const WORDS: Readonly<Record<string, string>> = {
  unspecified: 'this machine',
  loopback: 'this machine',
  broadcast: 'broadcast',
  multicast: 'multicast',
  linkLocal: 'link-local, where cloud metadata services are',
  carrierGradeNat: 'a shared carrier network (CGNAT)',
  private: 'a private network',
  uniqueLocal: 'a private network',
  '6to4': '6to4, which holds an IPv4 address',
  teredo: 'Teredo, which holds an IPv4 address',
  unicast: '',
  as112: '',
  as112v6: '',
  amt: '',
};
const RESERVED = 'reserved: for protocols, documentation or benchmarks';

/** In a public range, but the metadata service of a cloud. */
const CLOUD_METADATA = '168.63.129.16';
/** RFC 4291, 2.4: the only public part of IPv6; ipaddr.js calls all the rest `unicast`. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 2928: all of it is reserved for protocols, although ipaddr.js has names for some parts. */
const PROTOCOLS = ipaddr.IPv6.parseCIDR('2001::/23');
/** RFC 6052: the well-known prefix of NAT64; a gateway connects to the IPv4 address in the last four bytes. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** The reason why an address is not public, also for a text that is not an address; undefined if it is public. */
export function whyNotPublic(address: string): string | undefined {
  // Stricter than ipaddr.js, which also reads `127.1` and `0x7f.0.0.1`.
  const family = isIP(address);
  if (family === 0) return 'not an IP address';
  if (address.includes('%')) return 'an address with a zone, valid on one network interface only';
  return family === 4 ? whyNotPublic4(ipaddr.IPv4.parse(address)) : whyNotPublic6(ipaddr.IPv6.parse(address));
}

function whyNotPublic4(address: ipaddr.IPv4): string | undefined {
  if (address.toString() === CLOUD_METADATA) return 'the metadata service of a cloud';
  return wordsFor(address.range());
}

function whyNotPublic6(address: ipaddr.IPv6): string | undefined {
  const inner = address.isIPv4MappedAddress() ? address.toIPv4Address() : nat64Target(address);
  if (inner) {
    const why = whyNotPublic4(inner);
    return why === undefined ? undefined : `${why}, as IPv4 within IPv6`;
  }
  const why = wordsFor(address.range());
  if (why !== undefined) return why;
  return address.match(GLOBAL_UNICAST) && !address.match(PROTOCOLS) ? undefined : RESERVED;
}

function nat64Target(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  return address.match(NAT64) ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : undefined;
}

function wordsFor(range: string): string | undefined {
  return (WORDS[range] ?? RESERVED) || undefined;
}
