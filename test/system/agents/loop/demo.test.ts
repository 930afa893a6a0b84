import { expect, test } from 'vitest';
import { startDemoModel } from '../../../../src/agents/demo-model/server.ts';
import { createLog } from '../../../../src/core/log.ts';
import { provideInput } from '../../../../src/tasks/commands/provide-input.ts';
import { type Harness, testHarness } from '../../../fixtures/agent-runs.ts';

async function demoHarness(): Promise<Harness> {
  const demo = await startDemoModel({ log: createLog('silent'), tokenDelayMs: 0, slowStepDelayMs: 300 });
  const harness = await testHarness({ endpoint: { baseUrl: demo.baseUrl, apiKey: demo.token } });
  return {
    ...harness,
    [Symbol.asyncDispose]: async () => {
      await harness[Symbol.asyncDispose]();
      await demo[Symbol.asyncDispose]();
    },
  };
}

test('the demo model works a task to its end, and every step is stored in order', async () => {
  await using harness = await demoHarness();
  const { id } = await harness.create({ title: 'Write the quarterly report' });
  const { task } = await harness.run();
  expect(task).toMatchObject({ id, status: 'completed', result: { text: expect.stringContaining('Done') } });
  const steps = await harness.steps(id);
  expect(steps.map((step) => step.type)).toEqual(['assistant', 'tool_call', 'tool_result', 'assistant']);
  expect(steps.map((step) => step.seq)).toEqual([1, 2, 3, 4]);
  expect(new Set(harness.appended)).toEqual(new Set([id]));
});

test('a question ends the run, and the next continues from the answer as the result of the call that asked', async () => {
  await using harness = await demoHarness();
  const { id } = await harness.create({ title: 'Please ask me first' });
  const asked = await harness.run();
  expect(asked.outcome).toEqual({ kind: 'ended' });
  expect(asked.task).toMatchObject({ status: 'needs_input', lease: null });

  await provideInput(harness.tasks, harness.ann, { id, answer: 'With great care' });
  const { task } = await harness.run();
  expect(task.status).toBe('completed');
  expect(task.result).toMatchObject({ text: expect.stringContaining('You answered “With great care”.') });
  const results = (await harness.steps(id)).filter((step) => step.type === 'tool_result');
  expect(results.at(-1)).toMatchObject({
    runNumber: 2,
    data: { isError: false, content: expect.stringContaining('With great care') },
  });
});

test('a task that an agent fails has its error text', async () => {
  await using harness = await demoHarness();
  await harness.create({ title: 'This must fail' });
  const { outcome, task } = await harness.run();
  expect(outcome).toEqual({ kind: 'ended' });
  expect(task).toMatchObject({ status: 'failed', error: { code: 'agent_gave_up' } });
});

test('a subtask is made below the own task, by the agent, tracked', async () => {
  await using harness = await demoHarness();
  const { id } = await harness.create({ title: 'A subtask is needed' });
  await harness.run();
  const { rows } = await harness.pool.query(
    'select source, agent, created_by, acts_for from tasks where parent_id = $1',
    [id],
  );
  expect(rows).toEqual([
    {
      source: 'agent',
      agent: null,
      created_by: { kind: 'agent', id: 'assistant', name: 'assistant' },
      acts_for: harness.ann.keyId,
    },
  ]);
});

test('text is stored while it is being written, at most ten times a second, and the complete answer after it', async () => {
  await using harness = await demoHarness();
  const { id } = await harness.create({ title: 'A slow and quick one' });
  const { task } = await harness.run();
  const steps = await harness.steps(id);
  expect(steps.some((step) => step.type === 'text')).toBe(true);
  let pieces = '';
  let texts = 0;
  for (const step of steps) {
    if (step.type === 'text') {
      pieces += (step.data as { text: string }).text;
      texts += 1;
    } else if (step.type === 'assistant') {
      const { text } = step.data as { text: string };
      expect(text.startsWith(pieces)).toBe(true);
      pieces = '';
      // Not the time from one to the next: each is dated when it is written, which may take long, and the next not.
      expect(texts).toBeLessThanOrEqual((Number(step.at) - Number(task.startedAt)) / 100);
    }
  }
});
