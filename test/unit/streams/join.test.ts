import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../../../src/core/log.ts';
import { audienceOfRole } from '../../../src/streams/audience.ts';
import { Hub } from '../../../src/streams/hub.ts';
import type { Renderer } from '../../../src/streams/render.ts';
import type { Positioned, StreamPage, StreamSource } from '../../../src/streams/source.ts';
import { Subscriber } from '../../../src/streams/subscriber.ts';

const PAGE_ITEMS = 3;
const silent = createLog('silent');

/** A record that grows, whose reads and hints come whenever `turn` lets them. */
class FakeRecord {
  readonly items: Positioned<number>[] = [];
  settled = 0n;
  readonly #listeners = new Set<(page?: StreamPage<number>) => void>();
  readonly #turn: <T>(value: T) => Promise<T>;
  readonly #givesPages: boolean;

  constructor(turn: <T>(value: T) => Promise<T>, givesPages: boolean) {
    this.#turn = turn;
    this.#givesPages = givesPages;
  }

  /** Some positions hold nothing for these subscribers, as under a filter. */
  grow(kept: readonly boolean[]): void {
    const added: Positioned<number>[] = [];
    for (const isKept of kept) {
      this.settled += 1n;
      if (isKept) added.push({ item: Number(this.settled), position: this.settled });
    }
    this.items.push(...added);
    for (const listener of this.#listeners) {
      if (!this.#givesPages) listener();
      else if (added.length > 0) listener({ items: added, position: this.settled });
    }
  }

  sourceAfter(after: bigint): StreamSource<number> {
    return {
      key: 'fake',
      audience: audienceOfRole({ role: 'member' }, 'task.read'),
      mode: 'every',
      after,
      cursorOf: (position) => `${position}`,
      read: (from, upTo) => {
        const end = upTo !== undefined && upTo < this.settled ? upTo : this.settled;
        const items = this.items
          .filter(({ position }) => position > from && position <= end)
          .slice(0, PAGE_ITEMS);
        const atHead = items.length < PAGE_ITEMS;
        const head = end > from ? end : from;
        return this.#turn({ items, position: atHead ? head : (items.at(-1)?.position ?? head), atHead });
      },
      follow: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      head: () => this.settled,
    };
  }
}

const growth = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
const waits = fc.boolean();
const step = fc.oneof(
  fc.record({ waits, kind: fc.constant('grow' as const), kept: growth }),
  // From somewhere in what there is, or from now.
  fc.record({
    waits,
    kind: fc.constant('subscribe' as const),
    part: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  }),
  fc.record({ waits, kind: fc.constant('leave' as const), which: fc.nat() }),
);

test('wherever and whenever a subscriber begins, it is given everything after that once and in order, and where it resumes from passes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { maxLength: 40 }),
      fc.boolean(),
      async (scheduler, steps, givesPages) => {
        const turn = <T>(value: T): Promise<T> => scheduler.schedule(Promise.resolve(value));
        const record = new FakeRecord(turn, givesPages);
        const renderer: Renderer<number, number> = {
          render: (items) =>
            turn(items.map(({ item, position }) => ({ position, result: item, characters: 1 }))),
        };
        let hub: Hub<number> | undefined;
        const readers: {
          after: bigint;
          got: number[];
          subscriber: Subscriber<number>;
          reading: Promise<void>;
          /** Where it may resume from, once it has left. */
          leftAt: bigint | undefined;
        }[] = [];
        const subscribe = (after: bigint): void => {
          const source = record.sourceAfter(after);
          const subscriber = new Subscriber({
            source,
            ownRenderer: () => renderer,
            hubAt: (position) => {
              hub ??= new Hub(position, {
                source,
                renderer,
                log: silent,
                onEmpty: () => {
                  hub = undefined;
                },
              });
              return hub;
            },
            lastOf: (error) => {
              throw error;
            },
            slow: () => new Error('slow'),
            onSlow: () => undefined,
            onEnd: () => undefined,
          });
          const got: number[] = [];
          const reading = (async () => {
            for await (const result of subscriber) {
              got.push(result);
            }
          })();
          readers.push({ after, got, subscriber, reading, leftAt: undefined });
        };
        for (const next of steps) {
          if (next.kind === 'grow') record.grow(next.kept);
          else if (next.kind === 'subscribe') {
            subscribe(
              next.part === null ? record.settled : BigInt(Math.floor(Number(record.settled) * next.part)),
            );
          } else {
            const reader = readers[next.which % (readers.length || 1)];
            if (reader) reader.leftAt ??= reader.subscriber.reached;
            await reader?.subscriber.return();
          }
          for (const { subscriber } of readers)
            expect(subscriber.reached).toBeLessThanOrEqual(record.settled);
          if (scheduler.count() > 0 && next.waits) await scheduler.waitOne();
        }
        await scheduler.waitIdle();
        for (const { after, got, leftAt } of readers) {
          const expected = record.items.filter(({ position }) => position > after).map(({ item }) => item);
          expect(got).toEqual(leftAt === undefined ? expected : expected.slice(0, got.length));
          const passed = expected.filter((item) => leftAt !== undefined && item <= leftAt);
          expect(got.slice(0, passed.length)).toEqual(passed);
        }
        for (const { subscriber, reading } of readers) {
          await subscriber.return();
          await reading;
        }
        expect(hub).toBeUndefined();
      },
    ),
    { numRuns: 2_000 },
  );
});
