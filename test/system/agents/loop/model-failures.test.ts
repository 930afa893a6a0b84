import { expect, test } from 'vitest';
import { type Harness, type HarnessOptions, testHarness } from '../../../fixtures/agent-runs.ts';
import { type ModelBehaviour, scriptedModel } from '../../../fixtures/scripted-model.ts';

type Script = Parameters<typeof scriptedModel>[0];

async function scripted(script: Script, options: Omit<HarnessOptions, 'endpoint'> = {}) {
  const model = await scriptedModel(script);
  const harness = await testHarness({ endpoint: model, idleMs: 1_500, ...options });
  return {
    ...harness,
    model,
    [Symbol.asyncDispose]: async () => {
      await harness[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  } satisfies Harness & { model: unknown };
}

const FAILURES: [name: string, ModelBehaviour, expected: Record<string, unknown>][] = [
  ['says nothing at all', { kind: 'hang' }, { kind: 'retry', code: 'model_timeout' }],
  ['stalls in the middle', { kind: 'stall' }, { kind: 'retry', code: 'model_stalled' }],
  ['resets the connection', { kind: 'reset' }, { kind: 'retry', code: 'model_cut_off' }],
  [
    'ends without a finish reason',
    { kind: 'cut_off', text: 'half' },
    { kind: 'retry', code: 'model_cut_off' },
  ],
  ['cannot be reached', { kind: 'refuse_connection' }, { kind: 'retry', code: 'model_unavailable' }],
  ['sends a page for people', { kind: 'html' }, { kind: 'retry', code: 'model_bad_response' }],
  ['sends junk', { kind: 'junk' }, { kind: 'retry', code: 'model_bad_response' }],
  ['sends an empty message', { kind: 'reply' }, { kind: 'retry', code: 'model_bad_response' }],
  [
    'sends half a tool call',
    { kind: 'reply', toolCalls: [{ id: 'call_1', arguments: '{"action":' }] },
    { kind: 'retry', code: 'model_bad_response' },
  ],
  ['is broken', { kind: 'error', status: 500 }, { kind: 'retry', code: 'model_unavailable' }],
  [
    'is busy and says how long',
    { kind: 'rate_limit', retryAfter: '7' },
    { kind: 'retry', code: 'model_rate_limited', retryAfterMs: 7_000 },
  ],
  ['does not know the key', { kind: 'error', status: 401 }, { kind: 'failed', code: 'model_unauthorized' }],
  ['refuses the request', { kind: 'error', status: 400 }, { kind: 'failed', code: 'model_bad_request' }],
  [
    'meets its length limit',
    { kind: 'reply', text: 'and so', finishReason: 'length' },
    { kind: 'failed', code: 'model_length' },
  ],
  [
    'is stopped by its content filter',
    { kind: 'reply', text: 'and so', finishReason: 'content_filter' },
    { kind: 'failed', code: 'model_refused' },
  ],
];

test.each(FAILURES)(
  'a model that %s ends the run with a typed reason, never completed',
  async (_, behaviour, expected) => {
    await using harness = await scripted([behaviour]);
    const { id } = await harness.create({ title: 'Report' });
    const { outcome, task } = await harness.run();
    expect(outcome).toMatchObject({ ...expected, message: expect.stringMatching(/./) });
    expect(task.status).toBe(expected['kind'] === 'failed' ? 'failed' : 'in_progress');
    expect((await harness.steps(id)).filter((step) => step.type !== 'text')).toEqual([]);
  },
);

test('after a failed model call the next run begins where the last whole step ended, without the half text', async () => {
  await using harness = await scripted([
    {
      kind: 'reply',
      text: 'I look.',
      toolCalls: [{ id: 'call_1', name: 'manage_tasks', arguments: '{"action":"list"}' }],
    },
    { kind: 'cut_off', text: 'Half of an answ' },
    { kind: 'reply', text: 'All done' },
  ]);
  const { id } = await harness.create({ title: 'Report' });
  await harness.run();
  await harness.pool.query('update tasks set not_before = null where id = $1', [id]);
  const { task } = await harness.run();
  expect(task).toMatchObject({ status: 'completed', result: { text: 'All done' } });
  const [, failed, last] = harness.model.calls.map((call) => call.body.messages.slice(1));
  expect(last).toEqual(failed);
  expect(last?.map((message) => message['role'])).toEqual(['user', 'assistant', 'tool']);
});

const call = (index: number, args: string, name = 'manage_tasks'): ModelBehaviour => ({
  kind: 'reply',
  toolCalls: [{ id: `call_${index}`, name, arguments: args }],
});

test.each([
  ['cut arguments', '{"action":"li', 'manage_tasks', 'bad_arguments'],
  ['arguments that are empty', '', 'manage_tasks', 'bad_arguments'],
  ['an action nobody knows', '{"action":"destroy"}', 'manage_tasks', 'bad_arguments'],
  [
    'fields that do not belong',
    '{"action":"get","id":"task_1","color":"red"}',
    'manage_tasks',
    'bad_arguments',
  ],
  ['an unknown tool', '{}', 'format_disk', 'unknown_tool'],
])('%s come back to the model as an error, twice in a row at most', async (_, args, name, code) => {
  await using harness = await scripted((_call, index) => call(index, args, name));
  const { id } = await harness.create({ title: 'Report' });
  const { outcome } = await harness.run();
  expect(outcome).toMatchObject({ kind: 'failed', code: 'bad_tool_arguments' });
  expect(harness.model.calls).toHaveLength(3);
  const results = (await harness.steps(id)).filter((step) => step.type === 'tool_result');
  expect(results.map((step) => step.data)).toEqual(
    Array.from({ length: 3 }, () => expect.objectContaining({ isError: true, code })),
  );
  // Broken arguments never go back to a provider that would parse them again.
  for (const { body } of harness.model.calls) expect(() => sentArguments(body.messages)).not.toThrow();
});

function sentArguments(messages: readonly Record<string, unknown>[]): unknown[] {
  return messages
    .flatMap((message) => (message['tool_calls'] ?? []) as { function: { arguments: string } }[])
    .map((sent) => JSON.parse(sent.function.arguments));
}

test('a valid call between wrong ones restarts the count', async () => {
  await using harness = await scripted((_call, index) =>
    index === 6
      ? { kind: 'reply', text: 'Done' }
      : call(index, index % 3 === 2 ? '{"action":"list"}' : 'oops'),
  );
  await harness.create({ title: 'Report' });
  const { outcome } = await harness.run();
  expect(outcome).toEqual({ kind: 'completed', result: { text: 'Done' } });
});

test('call ids that a provider uses twice are distinguished', async () => {
  await using harness = await scripted((_call, index) =>
    index === 2 ? { kind: 'reply', text: 'Done' } : { ...call(0, '{"action":"list"}'), text: 'again' },
  );
  const { id } = await harness.create({ title: 'Report' });
  expect((await harness.run()).outcome.kind).toBe('completed');
  const ids = (await harness.steps(id))
    .filter((step) => step.type === 'tool_call')
    .map((step) => (step.data as { toolCallId: string }).toolCallId);
  expect(new Set(ids).size).toBe(2);
});

test('text that the database refuses is corrected before it is stored and sent back to the model', async () => {
  await using harness = await scripted([{ kind: 'reply', text: 'nul \u0000 and half \ud800 of a pair' }]);
  const { id } = await harness.create({ title: 'Report' });
  const { task } = await harness.run();
  expect(task.result).toEqual({ text: 'nul \ufffd and half \ufffd of a pair' });
  expect((await harness.steps(id)).at(-1)?.data).toMatchObject(task.result as object);
});

test('each limit of a run (steps, tokens, time) fails it with its own code', async () => {
  const limits = { maxSteps: 50, maxTokens: undefined, timeoutMs: 60_000 };
  const busy: Script = (_call, index) => call(index, '{"action":"list"}');
  const cases = [
    [{ ...limits, maxSteps: 3 }, busy, 'step_limit'],
    [{ ...limits, maxTokens: 1 }, busy, 'token_limit'],
    [{ ...limits, timeoutMs: 100 }, [{ kind: 'hang' }] as Script, 'time_limit'],
  ] as const;
  for (const [agentLimits, script, code] of cases) {
    await using harness = await scripted(script, { agent: { limits: agentLimits } });
    await harness.create({ title: 'Report' });
    expect((await harness.run()).outcome).toMatchObject({ kind: 'failed', code });
    if (code === 'step_limit') expect(harness.model.calls).toHaveLength(3);
  }
});

test('a conversation that is too long fails with a code of its own', async () => {
  await using harness = await scripted((_call, index) => ({
    ...call(index, '{"action":"list"}'),
    text: 'x'.repeat(1_000),
  }));
  await harness.create({ title: 'Report' });
  const { outcome } = await harness.run(harness.handlerWith({ maxContextCharacters: 2_500 }));
  expect(outcome).toMatchObject({ kind: 'failed', code: 'context_limit' });
});

test('a stop in the middle of a model call ends the run and the call at once', async () => {
  await using harness = await scripted([{ kind: 'stall', text: 'Let me see' }], { idleMs: 5_000 });
  await harness.create({ title: 'Report' });
  const context = await harness.claim();
  const running = harness.handler(context);
  await harness.model.called(1);
  const beganMs = performance.now();
  context.stop.abort();
  expect(await running).toEqual({ kind: 'aborted' });
  // Of the second that a cancel may take in all, and long before the model's silence would end it.
  expect(performance.now() - beganMs).toBeLessThan(1_000);
  await harness.model.calls[0]?.closed;
});
