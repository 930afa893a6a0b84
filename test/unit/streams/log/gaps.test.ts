import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from '../../../../src/streams/log/gaps.ts';

const rows = (...positions: number[]): { position: bigint }[] =>
  positions.map((position) => ({ position: BigInt(position) }));

test.each([
  { name: 'nothing new', cursor: 5, seen: [], fencedUpTo: 0, count: 0, at: 5, atGap: false },
  { name: 'one after the other', cursor: 5, seen: [6, 7, 8], fencedUpTo: 0, count: 3, at: 8, atGap: false },
  { name: 'a gap at once', cursor: 5, seen: [7, 8], fencedUpTo: 0, count: 0, at: 5, atGap: true },
  { name: 'a gap further on', cursor: 5, seen: [6, 8], fencedUpTo: 0, count: 1, at: 6, atGap: true },
  { name: 'a fenced gap', cursor: 5, seen: [7, 8], fencedUpTo: 7, count: 2, at: 8, atGap: false },
  {
    name: 'a gap up to the fence',
    cursor: 5,
    seen: [7, 9, 10],
    fencedUpTo: 9,
    count: 3,
    at: 10,
    atGap: false,
  },
  { name: 'a gap across the fence', cursor: 5, seen: [7, 10], fencedUpTo: 9, count: 1, at: 7, atGap: true },
  { name: 'an old fence', cursor: 20, seen: [22], fencedUpTo: 9, count: 0, at: 20, atGap: true },
])('settling: $name', ({ cursor, seen, fencedUpTo, count, at, atGap }) => {
  expect(settle(BigInt(cursor), rows(...seen), BigInt(fencedUpTo))).toEqual({
    count,
    cursor: BigInt(at),
    atGap,
  });
});

test('whatever commits in whatever order, a reader that fences its gaps gives every event once and in order', () => {
  fc.assert(
    fc.property(
      // Each number is given out in turn; its transaction ends some steps later, committed or rolled back.
      fc.array(fc.record({ lasts: fc.nat(12), commits: fc.boolean() }), { maxLength: 60 }),
      (transactions) => {
        const given: bigint[] = [];
        let cursor = 0n;
        let fencedUpTo = 0n;
        let fence: { upTo: bigint; writers: number[] } | undefined;
        const visibleAt = (moment: number): { position: bigint }[] =>
          transactions.flatMap(({ lasts, commits }, n) =>
            commits && n + lasts < moment && BigInt(n + 1) > cursor ? [{ position: BigInt(n + 1) }] : [],
          );
        const writersAt = (moment: number): number[] =>
          transactions.flatMap(({ lasts }, n) => (n <= moment && n + lasts >= moment ? [n] : []));
        for (let moment = 0; moment < transactions.length + 40; moment += 1) {
          const seen = visibleAt(moment);
          const settled = settle(cursor, seen, fencedUpTo);
          given.push(...seen.slice(0, settled.count).map((row) => row.position));
          cursor = settled.cursor;
          if (!settled.atGap) fence = undefined;
          else if (!fence || fence.upTo <= cursor)
            fence = { upTo: seen.at(-1)?.position ?? 0n, writers: writersAt(moment) };
          if (fence && !fence.writers.some((writer) => writersAt(moment).includes(writer))) {
            fencedUpTo = fence.upTo;
            fence = undefined;
          }
        }
        expect(given).toEqual(transactions.flatMap(({ commits }, n) => (commits ? [BigInt(n + 1)] : [])));
      },
    ),
  );
});
