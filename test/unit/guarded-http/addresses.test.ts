import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyNotPublic } from '../../../src/guarded-http/addresses.ts';
import { allowsAddress, allowsHost, parseOutgoingAllow } from '../../../src/guarded-http/allow.ts';

/** A second reading of the registries, by arithmetic: nothing of it is shared with what is tested. */
function isPublic4(address: number): boolean {
  const inside = (dotted: string, bits: number): boolean =>
    Math.floor(address / 2 ** (32 - bits)) === Math.floor(toNumber(dotted) / 2 ** (32 - bits));
  return ![
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['168.63.129.16', 32],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ].some(([network, bits]) => inside(String(network), Number(bits)));
}

function toNumber(dotted: string): number {
  return dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPublic6(address: bigint): boolean {
  const top = (bits: number): bigint => address >> BigInt(128 - bits);
  if (top(96) === 0xffffn || top(96) === 0x64ff9b_00000000_00000000n) {
    return isPublic4(Number(address & 0xffff_ffffn));
  }
  return (
    top(3) === 0b001n &&
    top(23) !== 0x2001_0000n >> 9n &&
    top(32) !== 0x2001_0db8n &&
    top(16) !== 0x2002n &&
    top(20) !== 0x3fff0n
  );
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
const grouped = (address: bigint): string =>
  Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  ).join(':');

/** Near the edges of ranges, where an off-by-one hides, as often as anywhere. */
const edges4 = [
  '0.0.0.0',
  '10.0.0.0',
  '11.0.0.0',
  '100.64.0.0',
  '100.128.0.0',
  '127.0.0.0',
  '128.0.0.0',
  '168.63.129.16',
  '169.254.0.0',
  '169.255.0.0',
  '172.16.0.0',
  '172.32.0.0',
  '192.0.0.0',
  '192.0.1.0',
  '192.0.2.0',
  '192.0.3.0',
  '192.88.99.0',
  '192.88.100.0',
  '192.168.0.0',
  '192.169.0.0',
  '198.18.0.0',
  '198.20.0.0',
  '198.51.100.0',
  '198.51.101.0',
  '203.0.113.0',
  '203.0.114.0',
  '224.0.0.0',
  '240.0.0.0',
].map(toNumber);
const address4 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc
    .tuple(fc.constantFrom(...edges4), fc.integer({ min: -2, max: 2 }))
    .map(([edge, off]) => (edge + off + 2 ** 32) % 2 ** 32),
);
const prefixes6 = [
  [0x0n, 96],
  [0xffffn, 96],
  [0x64ff9b_00000000_00000000n, 96],
  [0x64ff9b_0001n, 48],
  [0x2001_0000n, 32],
  [0x2001_0db8n, 32],
  [0x2001_01ffn, 32],
  [0x2001_0200n, 32],
  [0x2002n, 16],
  [0x2606_4700n, 32],
  [0x3fffn, 16],
  [0x3fff0n, 20],
  [0xfc00n >> 9n, 7],
  [0xfe80n >> 6n, 10],
  [0xffn, 8],
] as const;
const address6 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  fc
    .tuple(fc.constantFrom(...prefixes6), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), address4)
    .map(([[prefix, bits], rest, inner]) => {
      const free = BigInt(128 - bits);
      const low = bits === 96 ? BigInt(inner) : rest & (2n ** free - 1n);
      return ((prefix << free) | low) & (2n ** 128n - 1n);
    }),
);

test('an IPv4 address is public exactly when it is in no reserved range of the registry', () => {
  fc.assert(
    fc.property(address4, (address) => {
      expect(whyNotPublic(dotted(address)) === undefined).toBe(isPublic4(address));
    }),
    { numRuns: 3_000 },
  );
});

test('an IPv6 address likewise, with what IPv4 it may hold, in whatever spelling', () => {
  fc.assert(
    fc.property(address6, (address) => {
      const long = grouped(address);
      const short = new URL(`http://[${long}]`).hostname.slice(1, -1);
      const expected = isPublic6(address);
      expect(whyNotPublic(long) === undefined).toBe(expected);
      expect(whyNotPublic(short) === undefined).toBe(expected);
      expect(whyNotPublic(long.toUpperCase()) === undefined).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
});

test.each(['', 'example.com', '1.2.3', '1.2.3.4.5', '0x7f.0.0.1', '::1%lo', '2606:4700::1%eth0', '[::1]'])(
  '%j is no address of the public internet',
  (text) => {
    expect(whyNotPublic(text)).toBeTypeOf('string');
  },
);

test('an exception holds for its host, address or network, at its port, and for nothing beside it', () => {
  const { allow, wrong } = parseOutgoingAllow(
    'Hooks.Internal:8080, 127.0.0.1:9000, 10.1.0.0/16, [0:0::1]:9001, fd00::/8, 192.168.1.7',
  );
  expect(wrong).toEqual([]);
  expect(allowsHost(allow, 'hooks.internal', 8080)).toBe(true);
  expect(allowsHost(allow, 'hooks.internal', 8081)).toBe(false);
  expect(allowsHost(allow, 'x.hooks.internal', 8080)).toBe(false);
  expect(allowsAddress(allow, '127.0.0.1', 9000)).toBe(true);
  expect(allowsAddress(allow, '127.0.0.1', 9001)).toBe(false);
  expect(allowsAddress(allow, '::1', 9001)).toBe(true);
  expect(allowsAddress(allow, '::1', 9000)).toBe(false);
  expect(allowsAddress(allow, '10.1.255.255', 1)).toBe(true);
  expect(allowsAddress(allow, '10.2.0.0', 1)).toBe(false);
  expect(allowsAddress(allow, 'fdff::1', 1)).toBe(true);
  expect(allowsAddress(allow, 'fc00::1', 1)).toBe(false);
  expect(allowsAddress(allow, '192.168.1.7', 65_535)).toBe(true);
  expect(allowsAddress(allow, '192.168.1.8', 65_535)).toBe(false);
});

test.each([
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '1.2.3',
  'a b',
  'http://a',
  'a:0',
  'a:70000',
  '[a]',
  '[1.2.3.4]',
  'a/8',
  '-',
])('the exception %j is refused by name', (entry) => {
  expect(parseOutgoingAllow(`${entry},ok.example`).wrong).toEqual([
    expect.stringContaining(JSON.stringify(entry)),
  ]);
});

test('an exception for an IPv6 address holds for its host however either of them is spelled', () => {
  fc.assert(
    fc.property(address6, (address) => {
      const long = grouped(address);
      const inUrl = new URL(`http://[${long}]`).hostname.slice(1, -1);
      const { allow } = parseOutgoingAllow(`[${long}]:8080`);
      expect(allowsHost(allow, inUrl, 8080)).toBe(true);
      expect(allowsAddress(allow, long.toUpperCase(), 8080)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('a network of IPv4 holds its addresses also as IPv4 within IPv6', () => {
  const { allow } = parseOutgoingAllow('10.0.0.0/8,::ffff:192.168.0.0/112');
  expect(allowsAddress(allow, '::ffff:10.1.2.3', 80)).toBe(true);
  expect(allowsAddress(allow, '::ffff:11.1.2.3', 80)).toBe(false);
  expect(allowsAddress(allow, '::ffff:192.168.7.7', 80)).toBe(true);
});
