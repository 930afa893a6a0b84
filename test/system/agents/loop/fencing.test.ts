import { expect, test } from 'vitest';
import type { Model } from '../../../../src/agents/model/port.ts';
import { StepLog } from '../../../../src/agents/record/step-log.ts';
import { appendRunEvents } from '../../../../src/store/runs/append.ts';
import { cancelTask } from '../../../../src/tasks/commands/cancel.ts';
import { testHarness } from '../../../fixtures/agent-runs.ts';
import { scriptedModel } from '../../../fixtures/scripted-model.ts';

const NOWHERE = { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'none' };

test('a run whose lease is lost writes no step more, and its model call is aborted', async () => {
  await using model = await scriptedModel([{ kind: 'stall', text: 'Let me see what there is' }]);
  await using harness = await testHarness({ endpoint: model, idleMs: 10_000 });
  const { id } = await harness.create({ title: 'Report' });
  const context = await harness.claim();
  await harness.die(id);
  // The text that has come is the first thing to be written; that finds the lease gone.
  expect(await harness.handler(context)).toEqual({ kind: 'aborted' });
  expect(await harness.steps(id)).toEqual([]);
  await model.calls[0]?.closed;
});

test('a run that was taken over, cancelled or closed writes nothing, whatever its token is', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  for (const end of ['takeover', 'cancel'] as const) {
    const { id } = await harness.create({ title: end });
    const { unit } = await harness.claim();
    const item = {
      runId: unit.attemptId,
      token: unit.token,
      firstSeq: 1,
      events: [{ type: 'text', data: { text: 'a' } }],
    };
    expect(await appendRunEvents(harness.pool, [item])).toEqual([true]);
    if (end === 'cancel') await cancelTask(harness.tasks, harness.ann, { id });
    else {
      await harness.die(id);
      await harness.claim();
    }
    expect(await appendRunEvents(harness.pool, [{ ...item, firstSeq: 2 }])).toEqual([false]);
    expect(await harness.steps(id)).toHaveLength(1);
  }
});

test('an append that waits while the run is being taken over is fenced off by it', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id } = await harness.create({ title: 'Report' });
  const { unit } = await harness.claim();
  const other = await harness.pool.connect();
  try {
    // As a takeover does it, in one statement, not yet committed.
    await other.query('begin');
    await other.query(`update tasks set lease_token = nextval('lease_tokens') where id = $1`, [id]);
    await other.query(`update runs set ended_at = now(), outcome = 'lease_lost' where id = $1`, [
      unit.attemptId,
    ]);
    const append = appendRunEvents(harness.pool, [
      {
        runId: unit.attemptId,
        token: unit.token,
        firstSeq: 1,
        events: [{ type: 'text', data: { text: 'late' } }],
      },
    ]);
    await expect
      .poll(async () => {
        const { rows } = await harness.pool.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return rows.length;
      })
      .toBe(1);
    await other.query('commit');
    expect(await append).toEqual([false]);
  } finally {
    other.release();
  }
  expect(await harness.steps(id)).toEqual([]);
});

test('the same append sent twice, as after a cut connection, leaves its steps once', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id } = await harness.create({ title: 'Report' });
  const { unit } = await harness.claim();
  const item = {
    runId: unit.attemptId,
    token: unit.token,
    firstSeq: 1,
    events: ['one', 'two'].map((text) => ({ type: 'text', data: { text } })),
  };
  expect(await appendRunEvents(harness.pool, [item])).toEqual([true]);
  expect(await appendRunEvents(harness.pool, [item])).toEqual([true]);
  expect((await harness.steps(id)).map((step) => step.data)).toEqual([{ text: 'one' }, { text: 'two' }]);
});

test('the steps of many runs travel together, and each learns its own fate', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const runs: Awaited<ReturnType<typeof harness.claim>>[] = [];
  for (let index = 0; index < 20; index += 1) {
    await harness.create({ title: `Report ${index}` });
    runs.push(await harness.claim());
  }
  for (const { task } of runs.slice(0, 5)) await harness.die(task.id);
  const fenced = new Set<string>();
  const written = await Promise.all(
    runs.map(({ unit, task, signal }) =>
      new StepLog({
        append: (firstSeq, steps) => unit.append(firstSeq, steps, signal),
        onLeaseLost: () => fenced.add(task.id),
      }).add([{ type: 'text', data: { text: task.title } }]),
    ),
  );
  expect(written).toEqual(runs.map((_, index) => index >= 5));
  expect(fenced).toEqual(new Set(runs.slice(0, 5).map(({ task }) => task.id)));
});

test('while the database is away a step waits, and is stored when it is back', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id } = await harness.create({ title: 'Report' });
  // Every other statement fails: what reads waits as well as what writes.
  let statements = 0;
  const pool = new Proxy(harness.pool, {
    get(target, property) {
      if (property === 'query' && statements++ % 2 === 0) {
        return () =>
          Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
      }
      const value = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const model: Model = { call: async () => ({ text: 'Done', toolCalls: [], finishReason: 'stop' }) };
  const outcome = await harness.handlerWith({ model })(await harness.claim({ pool }));
  expect(outcome).toEqual({ kind: 'completed', result: { text: 'Done' } });
  expect(statements).toBe(4);
  expect((await harness.steps(id)).map((step) => step.type)).toEqual(['assistant']);
});

test('a whole step, and nothing less, resets the lost leases of a task', async () => {
  await using model = await scriptedModel([
    { kind: 'cut_off', text: 'half' },
    { kind: 'reply', toolCalls: [{ id: 'call_1', name: 'manage_tasks', arguments: '{"action":"list"}' }] },
    { kind: 'hang' },
  ]);
  await using harness = await testHarness({ endpoint: model, idleMs: 1_500 });
  const { id } = await harness.create({ title: 'Report' });
  await harness.claim();
  await harness.die(id);
  expect((await harness.run()).task.lostLeases).toBe(1);
  await harness.pool.query('update tasks set not_before = null where id = $1', [id]);
  expect((await harness.run()).task.lostLeases).toBe(0);
});
