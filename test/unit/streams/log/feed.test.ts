import { expect, test } from 'vitest';
import type { TaskEvent } from '../../../../src/domain/events.ts';
import type { EventFilter } from '../../../../src/domain/filters.ts';
import { matchesFilter } from '../../../../src/domain/filters.ts';
import type { EventLog, PageListener } from '../../../../src/streams/log/event-log.ts';
import { EventFeed } from '../../../../src/streams/log/feed.ts';

/** A log in memory: what is appended is settled at once. */
class MemoryLog {
  readonly events: TaskEvent[] = [];
  readonly listeners = new Set<PageListener>();
  reads = 0;
  isAway = false;

  append(count: number, agent = 'a'): void {
    const fresh = Array.from({ length: count }, (_, n) => {
      const position = BigInt(this.events.length + n + 1);
      return {
        position,
        taskId: 'task',
        agent,
        type: 'task.updated',
        to: null,
        source: 'api',
      } as unknown as TaskEvent;
    });
    this.events.push(...fresh);
    for (const listener of this.listeners) listener(fresh, this.settled());
  }

  settled(): bigint {
    return BigInt(this.events.length);
  }

  onPage(listener: PageListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async read({
    after,
    upTo,
    filter,
    limit,
  }: {
    after: bigint;
    upTo?: bigint;
    filter?: EventFilter;
    limit: number;
  }) {
    this.reads += 1;
    if (this.isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const end = upTo ?? this.settled();
    const matching = this.events.filter(
      (event) => event.position > after && event.position <= end && matchesFilter(event, filter ?? {}),
    );
    const events = matching.slice(0, limit);
    await Promise.resolve();
    return { events, position: events.length < limit ? end : (events.at(-1)?.position ?? end) };
  }
}

const feedOf = (log: MemoryLog, filter: EventFilter = {}, after = 0n): EventFeed =>
  new EventFeed(log as unknown as EventLog, filter, after);

const positions = (events: readonly TaskEvent[]): number[] => events.map(({ position }) => Number(position));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

test('what was missed is read, what happens is pushed: once each and in order, whatever is appended meanwhile', async () => {
  const log = new MemoryLog();
  log.append(450);
  const feed = feedOf(log);
  const seen: number[] = [];
  while (seen.length < 1_000) {
    const events = await feed.next(1_000);
    seen.push(...positions(events));
    if (log.events.length < 1_000) log.append(Math.min(110, 1_000 - log.events.length));
  }
  expect(seen).toEqual(upTo(1_000));
  const { reads } = log;
  log.append(5);
  expect(positions(await feed.next(1_000))).toEqual([1_001, 1_002, 1_003, 1_004, 1_005]);
  expect(log.reads, 'close to the head the log is not asked').toBe(reads);
  feed.end();
  expect(log.listeners.size).toBe(0);
});

test('a reader that does not keep up holds little, and reads what it missed from the log', async () => {
  const log = new MemoryLog();
  const feed = feedOf(log);
  expect(await feed.next(0)).toEqual([]);
  const { reads } = log;
  for (let n = 0; n < 50; n += 1) log.append(100);
  const seen: number[] = [];
  while (seen.length < 5_000) seen.push(...positions(await feed.next(1_000)));
  expect(seen).toEqual(upTo(5_000));
  expect(log.reads).toBeGreaterThan(reads);
  feed.end();
});

test('what does not match is passed over, and the position moves on', async () => {
  const log = new MemoryLog();
  const feed = feedOf(log, { agent: ['b'] });
  log.append(10);
  expect(await feed.next(0)).toEqual([]);
  expect(feed.position).toBe(10n);
  log.append(3);
  expect(await feed.next(5)).toEqual([]);
  expect(feed.position).toBe(13n);
  log.append(1, 'b');
  expect(positions(await feed.next(1_000))).toEqual([14]);
  feed.end();
});

test('while the database is away it waits, and an end ends the wait', async () => {
  const log = new MemoryLog();
  log.append(3);
  log.isAway = true;
  const feed = feedOf(log);
  expect(await feed.next(30)).toEqual([]);
  log.isAway = false;
  expect(positions(await feed.next(5_000))).toEqual([1, 2, 3]);
  const waiting = feed.next(60_000);
  feed.end();
  expect(await waiting).toEqual([]);
  expect(await feed.next(60_000)).toEqual([]);
});
