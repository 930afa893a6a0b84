import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sleep } from '../../../src/core/clock.ts';
import { createLog } from '../../../src/core/log.ts';
import { createScheduler } from '../../../src/scheduler/agenda/create.ts';
import { schedulerConformance } from '../../conformance/scheduler.ts';
import { quietHandlers } from '../../fixtures/handlers.ts';
import { findMongoOrSay, type MongoServer, mongoServer } from '../../fixtures/mongodb.ts';
import type { SchedulerBackend } from '../../fixtures/scheduler-backend.ts';
import { tcpProxy } from '../../fixtures/tcp-proxy.ts';

const FLUSHED_MS = 1_500;

const source = await findMongoOrSay('the scheduler on MongoDB');

describe.skipIf(source === undefined)('the scheduler on MongoDB', () => {
  let server: MongoServer;
  beforeAll(async () => {
    if (source) server = await mongoServer(source);
  }, 30_000);
  afterAll(() => server[Symbol.asyncDispose]());

  schedulerConformance(() => backendOn(server));

  test.skipIf(source?.kind !== 'binary')(
    'a server killed with -9 and started again has lost no wake-up',
    { timeout: 60_000 },
    async () => {
      if (!source) return;
      await using own = await mongoServer(source);
      const url = own.url();
      const agents = new Set<string>();
      const begun: string[] = [];
      await using producer = await createScheduler({ kind: 'mongodb', url }, createLog('silent'));
      await using runner = await createScheduler(
        { kind: 'mongodb', url, lockMs: 1_500, pollMs: 250 },
        createLog('silent'),
      );
      await runner.start(
        quietHandlers({
          work: async ({ agent }) => {
            begun.push(agent);
          },
        }),
      );
      const wake = async (from: number, to: number): Promise<void> => {
        for (let number = from; number < to; number += 1) {
          agents.add(`agent-${number}`);
          await producer.wake('work', { agent: `agent-${number}` });
        }
      };
      await wake(0, 20);
      const later = new Date(Date.now() + 3_000);
      for (let number = 20; number < 40; number += 1) {
        agents.add(`agent-${number}`);
        expect(await producer.wakeAt('work', { agent: `agent-${number}` }, later, `key-${number}`)).toBe(
          true,
        );
      }
      // The server for tests writes its log to disk every now and then, whatever the write concern asks for.
      await sleep(FLUSHED_MS);
      await own.kill();
      await wake(40, 60);
      await own.restart();
      await wake(60, 100);
      await vi.waitFor(() => expect(new Set(begun)).toEqual(agents), { timeout: 30_000, interval: 20 });
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), { timeout: 10_000 });
    },
  );
});

/** A database of its own, reached through a network that can fail. */
async function backendOn(server: MongoServer): Promise<SchedulerBackend> {
  const url = new URL(server.url());
  const proxy = await tcpProxy(url.href);
  const direct = new MongoClient(url.href);
  const throughProxy = new URL(proxy.url);
  // A replica set would tell the client its own address, past the proxy.
  throughProxy.searchParams.set('directConnection', 'true');
  return {
    address: { kind: 'mongodb', url: throughProxy.href },
    rows: async () => {
      const rows = await direct.db().collection('agendaJobs').find().toArray();
      return rows.map((row) => ({
        key: row['data'].key,
        locked: row['lockedAt'] !== null,
        nextRunAt: row['nextRunAt'],
      }));
    },
    cut: async () => proxy.cut(),
    away: async () => proxy.refuse(),
    swallow: async () => proxy.freeze(),
    back: async () => proxy.mend(),
    async [Symbol.asyncDispose]() {
      await direct.db().dropDatabase();
      await direct.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
