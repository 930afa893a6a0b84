import { expect, test, vi } from 'vitest';
import { sleep } from '../../../../src/core/clock.ts';
import { createLog } from '../../../../src/core/log.ts';
import { createEventLog } from '../../../../src/streams/log/event-log.ts';
import { insertTasks } from '../../../fixtures/log-writers.ts';
import { testTasks } from '../../../fixtures/tasks.ts';

test('a transaction that stays open for long is not asked about hundreds of times a second', async () => {
  await using app = await testTasks();
  const [id = '', other = ''] = await insertTasks(app.pool, 2);
  await using log = createEventLog({ pool: app.pool, log: createLog('silent') });
  await log.start();
  const last = log.settled();
  const event = `insert into task_events (task_id, seq, type, actor, source, at) values ($1, 2, 'run.released', '{}', 'api', now())`;
  const client = await app.pool.connect();
  try {
    await client.query('begin');
    await client.query(event, [id]);
    await app.pool.query(event, [other]);
    log.look();
    await sleep(600);
    const asked = vi.spyOn(app.pool, 'query');
    await sleep(1_000);
    expect(asked.mock.calls.length).toBeLessThan(100);
    expect(asked.mock.calls.length).toBeGreaterThan(2);
    expect(log.settled()).toBe(last);
    await client.query('commit');
    await vi.waitFor(() => expect(log.settled()).toBe(last + 2n), { timeout: 1_000, interval: 5 });
  } finally {
    client.release();
  }
});
