import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Model, ModelMessage, ModelReply } from '../../../../src/agents/model/port.ts';
import { createManageTasks } from '../../../../src/agents/tools/manage-tasks/tool.ts';
import type { Tool } from '../../../../src/agents/tools/tool.ts';
import type { WorkUnit } from '../../../../src/agents/work/unit.ts';
import { parseStep, type Step } from '../../../../src/domain/messages.ts';
import { provideInput } from '../../../../src/tasks/commands/provide-input.ts';
import { requestInput } from '../../../../src/tasks/commands/request-input.ts';
import { type ClaimedRun, type Harness, testHarness } from '../../../fixtures/agent-runs.ts';

const NOWHERE = { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'none' };

type PlannedCall = 'note' | 'look' | 'ask' | 'broken';

/** What happened while a task was worked on, over all its runs. */
interface Doings {
  /** Tool calls made, by their id. */
  readonly made: Map<string, number>;
  readonly requests: (readonly ModelMessage[])[];
}

/** A model that goes through a plan by how many answers it has given; it refuses messages that real ones would. */
function plannedModel(
  plan: readonly (readonly PlannedCall[])[],
  taskId: () => string,
  doings: Doings,
): Model {
  return {
    async call({ messages }): Promise<ModelReply> {
      doings.requests.push(messages);
      mustBeWhole(messages);
      const at = messages.filter((message) => message.role === 'assistant').length;
      const calls = plan[at];
      if (!calls) return { text: `Done after ${at}`, toolCalls: [], finishReason: 'stop' };
      const toolCalls = calls.map((kind, index) => {
        const id = `call_${at}_${index}`;
        if (kind === 'ask') {
          const args = { action: 'update', id: taskId(), status: 'needs_input', question: `What of ${id}?` };
          return { id, name: 'manage_tasks', arguments: JSON.stringify(args) };
        }
        return {
          id,
          name: kind === 'broken' ? 'note' : kind,
          arguments: kind === 'broken' ? '{"half' : '{}',
        };
      });
      return { text: `Step ${at}`, toolCalls, finishReason: 'tool_calls' };
    },
  };
}

/** Every call has its one result right behind it, in order, and nothing else stands between. */
function mustBeWhole(messages: readonly ModelMessage[]): void {
  expect(messages.slice(0, 2).map((message) => message.role)).toEqual(['system', 'user']);
  const open: string[] = [];
  for (const message of messages.slice(2)) {
    if (message.role === 'tool') expect(message.toolCallId).toBe(open.shift());
    else {
      expect(open).toEqual([]);
      expect(message.role).toBe('assistant');
      if (message.role === 'assistant') open.push(...(message.toolCalls ?? []).map((call) => call.id));
    }
  }
  expect(open).toEqual([]);
}

function countingTool(name: string, mayRepeat: boolean, doings: Doings): Tool {
  return {
    name,
    description: name,
    parameters: { type: 'object', properties: {} },
    mayRepeat: () => mayRepeat,
    async run(_args, { toolCallId }) {
      doings.made.set(toolCallId, (doings.made.get(toolCallId) ?? 0) + 1);
      return { content: `did ${toolCallId}`, isError: false };
    },
  };
}

/** The run, dying at its `at`-th append: before it is written, or right after it. */
function dyingUnit({ unit, stop }: ClaimedRun, death: Death | undefined): WorkUnit {
  let appends = 0;
  return {
    ...unit,
    async append(firstSeq, steps, signal) {
      const dies = death !== undefined && appends++ === death.at;
      if (dies && death.when === 'before') {
        stop.abort();
        return new Promise(() => undefined);
      }
      const isHeld = await unit.append(firstSeq, steps, signal);
      if (dies) stop.abort();
      return isHeld;
    },
  };
}

interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** Works a task to its end, dying as told, answering what is asked. Gives what happened. */
async function live(harness: Harness, plan: readonly (readonly PlannedCall[])[], deaths: readonly Death[]) {
  const doings: Doings = { made: new Map(), requests: [] };
  const { id } = await harness.create({ title: 'Resumed' });
  const model = plannedModel(plan, () => id, doings);
  const tools = [
    countingTool('note', false, doings),
    countingTool('look', true, doings),
    createManageTasks(harness.tasks),
  ];
  for (let run = 0; run < 40; run += 1) {
    const context = await harness.claim();
    const outcome = await harness.handlerWith({ model, tools })({
      ...context,
      unit: dyingUnit(context, deaths[run]),
      agent: { ...context.agent, tools: tools.map(({ name }) => name) },
    });
    if (outcome.kind === 'aborted') await context.unit.release('shutdown');
    const task = await harness.settle(context, outcome);
    if (task.status === 'needs_input')
      await provideInput(harness.tasks, harness.ann, { id, answer: `of run ${run}` });
    else if (task.status !== 'in_progress') return { task, doings, steps: await stepsOfTask(harness, id) };
  }
  throw new Error('the task never came to an end');
}

async function stepsOfTask(harness: Harness, id: string): Promise<(Step & { run: number })[]> {
  return (await harness.steps(id)).map((event) => {
    const step = parseStep(event.type, event.data);
    if (!step) throw new Error(`a step that nobody knows: ${event.type}`);
    return { ...step, run: event.runNumber };
  });
}

const plans = fc.array(
  fc.array(fc.constantFrom<PlannedCall>('note', 'note', 'look', 'ask', 'broken'), {
    minLength: 1,
    maxLength: 3,
  }),
  { maxLength: 4 },
);
const allDeaths = fc.array(
  fc.record({ at: fc.nat({ max: 5 }), when: fc.constantFrom('before' as const, 'after' as const) }),
  { maxLength: 5 },
);

test('wherever runs die, no call that finished is made again, and one that may have had its effect is reported as unknown', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  await fc.assert(
    fc.asyncProperty(plans, allDeaths, async (plan, deaths) => {
      // Three answers in a row without a good call end a run, as they should; not what is looked at here.
      fc.pre(plan.every((calls) => calls.some((call) => call !== 'broken')));
      const { task, doings, steps } = await live(harness, plan, deaths);
      expect(task).toMatchObject({ status: 'completed', result: { text: `Done after ${plan.length}` } });

      for (const [at, calls] of plan.entries()) {
        for (const [index, kind] of calls.entries()) {
          const id = `call_${at}_${index}`;
          const results = steps.filter((step) => step.type === 'tool_result' && step.data.toolCallId === id);
          expect(results).toHaveLength(1);
          const [result] = results;
          if (result?.type !== 'tool_result') throw new Error('unreachable');
          const made = doings.made.get(id) ?? 0;
          if (kind === 'note') {
            expect(made).toBeLessThanOrEqual(1);
            // Reported as unknown only if it began in an earlier run; otherwise it was made, once.
            const began = steps.findIndex((step) => step.type === 'tool_call' && step.data.toolCallId === id);
            expect(began).toBeGreaterThanOrEqual(0);
            if (result.data.code === 'unknown_outcome') expect(steps[began]?.run).toBeLessThan(result.run);
            else expect([made, result.data.content]).toEqual([1, `did ${id}`]);
          }
          if (kind === 'look') expect(made).toBeGreaterThanOrEqual(1);
          if (kind === 'ask')
            expect(JSON.parse(result.data.content)).toEqual({
              ok: true,
              answer: expect.stringMatching(/^of run/),
            });
          if (kind === 'broken') expect([made, result.data.code]).toEqual([0, 'bad_arguments']);
        }
      }
      // Each answer of the model is stored once, though the model may have been called again for one that was lost.
      expect(steps.filter((step) => step.type === 'assistant')).toHaveLength(plan.length + 1);
    }),
    { numRuns: 120 },
  );
}, 60_000);

test('a run continues with exactly the messages of the crashed run, if nothing was lost', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const plan: PlannedCall[][] = [['look', 'note'], ['broken'], ['note']];
  const whole = await live(harness, plan, []);
  const cut = await live(harness, plan, [{ at: 99, when: 'after' }]);
  // The model call after the third answer's result: die right after that result is on record.
  const died = await live(harness, plan, [{ at: 5, when: 'after' }]);
  const heard = (doings: Doings) => doings.requests.at(-1)?.slice(2);
  expect(heard(died.doings)).toEqual(heard(whole.doings));
  expect(heard(cut.doings)).toEqual(heard(whole.doings));
  expect(new Set(died.steps.map((step) => step.run))).toEqual(new Set([1, 2]));
});

test('a last answer that is stored completes the task without another model call', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { task, doings } = await live(harness, [], [{ at: 0, when: 'after' }]);
  expect(task).toMatchObject({ status: 'completed', runNumber: 2 });
  expect(doings.requests).toHaveLength(1);
});

test('a question that no call of the agent asked reaches it as a message, once', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id } = await harness.create({ title: 'Resumed' });
  const heard: (readonly ModelMessage[])[] = [];
  const model: Model = {
    async call({ messages }) {
      heard.push(messages.slice(2));
      if (heard.length === 1) throw new Error('the process is in trouble');
      const calls = [{ id: 'call_1', name: 'manage_tasks', arguments: '{"action":"list"}' }];
      return heard.length === 2
        ? { text: '', toolCalls: calls, finishReason: 'tool_calls' }
        : { text: 'Done', toolCalls: [], finishReason: 'stop' };
    },
  };
  const first = await harness.run(harness.handlerWith({ model }));
  expect(first.outcome).toMatchObject({ kind: 'retry', code: 'internal_error' });
  await requestInput(harness.tasks, harness.ann, { id, question: 'Shall it go on?' });
  await provideInput(harness.tasks, harness.ann, { id, answer: 'yes' });
  await harness.pool.query('update tasks set not_before = null where id = $1', [id]);
  const { task } = await harness.run(harness.handlerWith({ model }));
  expect(task.status).toBe('completed');
  const sent = heard.at(-1)?.filter((message) => message.role === 'user');
  expect(sent).toEqual([
    {
      role: 'user',
      content: 'The question "Shall it go on?" was asked about this task, and answered: "yes"',
    },
  ]);
  expect((await harness.steps(id)).map((step) => step.type)).toEqual([
    'answer',
    'assistant',
    'tool_call',
    'tool_result',
    'assistant',
  ]);
});

test('a tool that hangs does not delay the stop of a run', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  await harness.create({ title: 'Stopped' });
  const context = await harness.claim();
  const hanging: Tool = {
    name: 'hang',
    description: 'hangs',
    parameters: { type: 'object' },
    mayRepeat: () => false,
    run: () => {
      setImmediate(() => context.stop.abort());
      return new Promise(() => undefined);
    },
  };
  const model: Model = {
    call: async () => ({
      text: '',
      toolCalls: [{ id: 'call_1', name: 'hang', arguments: '{}' }],
      finishReason: 'tool_calls',
    }),
  };
  const outcome = await harness.handlerWith({ model, tools: [hanging] })({
    ...context,
    agent: { ...context.agent, tools: ['hang'] },
  });
  expect(outcome).toEqual({ kind: 'aborted' });
  const steps = await harness.steps(context.task.id);
  expect(steps.map((step) => step.type)).toEqual(['assistant', 'tool_call']);
});

test('a tool that throws is a result the model sees, without its details', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id } = await harness.create({ title: 'Broken tool' });
  const broken: Tool = {
    name: 'broken',
    description: 'breaks',
    parameters: { type: 'object' },
    mayRepeat: () => false,
    run: () => Promise.reject(new Error('secret detail')),
  };
  let calls = 0;
  const model: Model = {
    call: async () => {
      calls += 1;
      return calls === 1
        ? {
            text: '',
            toolCalls: [{ id: 'call_1', name: 'broken', arguments: '{}' }],
            finishReason: 'tool_calls',
          }
        : { text: 'Done', toolCalls: [], finishReason: 'stop' };
    },
  };
  const context = await harness.claim();
  const outcome = await harness.handlerWith({ model, tools: [broken] })({
    ...context,
    agent: { ...context.agent, tools: ['broken'] },
  });
  expect(outcome.kind).toBe('completed');
  const result = (await harness.steps(id)).find((step) => step.type === 'tool_result');
  expect(result?.data).toMatchObject({ isError: true, code: 'tool_failed' });
  expect(JSON.stringify(result?.data)).not.toContain('secret');
});
