import { expect, test, vi } from 'vitest';
import { eventually } from '../../../fixtures/eventually.ts';
import { insertTasks, writeConcurrently } from '../../../fixtures/log-writers.ts';
import { TestEvents, TestSocket } from '../../../fixtures/stream-clients.ts';
import { storedCursors } from '../../../fixtures/stream-events.ts';
import { streamServer } from '../../../fixtures/streams.ts';

const EVENTS = 'subscription($after: String) { taskEvents(after: $after) { cursor seq taskId } }';

interface Seen {
  readonly cursor: string;
  readonly seq: number;
  readonly taskId: string;
}

/** A subscriber that is dropped again and again, and goes on from the last event it has. */
class DroppedReader {
  readonly seen: Seen[] = [];
  drops = 0;
  readonly #port: number;
  readonly #overSocket: boolean;
  #close: () => void = () => undefined;

  constructor(port: number, overSocket: boolean) {
    this.#port = port;
    this.#overSocket = overSocket;
  }

  /** Reads until it has the last stored event, with at least `drops` forced drops on the way. */
  async run(drops: number, last: () => string | undefined): Promise<void> {
    const isDone = (): boolean => {
      const end = last();
      return end !== undefined && this.seen.at(-1)?.cursor === end;
    };
    while (!isDone() || this.drops < drops) {
      const dropAfter = this.drops < drops ? 1 + Math.floor(Math.random() * 400) : Number.POSITIVE_INFINITY;
      const before = this.seen.length;
      await (this.#overSocket ? this.#openSocket() : this.#openEvents());
      await vi.waitFor(
        () => {
          if (isDone() || this.seen.length - before >= dropAfter) return;
          throw new Error(`${this.seen.length} events of a stream that goes on`);
        },
        { timeout: 30_000, interval: 5 },
      );
      this.#close();
      this.drops += 1;
    }
  }

  get #variables(): { after: string } {
    return { after: this.seen.at(-1)?.cursor ?? '0' };
  }

  async #openSocket(): Promise<void> {
    const socket = await new TestSocket(this.#port).init();
    let isClosed = false;
    socket.socket.on('message', (data) => {
      const { payload } = JSON.parse(String(data));
      if (!isClosed && payload?.data) this.seen.push(payload.data.taskEvents);
    });
    this.#close = () => {
      isClosed = true;
      socket.close();
    };
    socket.subscribe('1', EVENTS, this.#variables);
  }

  async #openEvents(): Promise<void> {
    const events = new TestEvents(this.#port, EVENTS, this.#variables);
    let isClosed = false;
    events.onResult = (result) => {
      if (!isClosed && result.data) this.seen.push(result.data.taskEvents);
    };
    this.#close = () => {
      isClosed = true;
      events.close();
    };
  }
}

test('over twenty forced drops and hundreds of concurrent writers, every subscriber gets every event once and in order per task', async () => {
  await using server = await streamServer();
  const taskIds = await insertTasks(server.pool, 300);
  const timer = setInterval(() => server.log.look(), 5);
  let last: string | undefined;
  const readers = [true, false, true].map((overSocket) => new DroppedReader(server.port, overSocket));
  const reading = readers.map((reader) => reader.run(20, () => last));
  await writeConcurrently({ url: server.url, taskIds, connections: 30, writers: 500, transactionsEach: 6 });
  const stored = await storedCursors(server.pool);
  last = stored.at(-1);
  await Promise.all(reading);
  clearInterval(timer);
  expect(stored.length).toBeGreaterThan(4_000);
  for (const { seen, drops } of readers) {
    expect(drops).toBeGreaterThanOrEqual(20);
    expect(seen.map(({ cursor }) => cursor)).toEqual(stored);
    const lastSeq = new Map<string, number>();
    for (const { taskId, seq } of seen) {
      expect(seq).toBe((lastSeq.get(taskId) ?? 1) + 1);
      lastSeq.set(taskId, seq);
    }
  }
  await eventually(() => expect(server.streams.counts()).toMatchObject({ subscribers: 0, hubs: 0 }));
}, 90_000);
