import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, testApp } from '../fixtures/app.ts';

/** Everything a story is checked by; the aliases keep the shape of what the API gives. */
const TASK = `id title status reason source attempts version result
  error { code message } createdBy { kind name } agent { name isDemo }
  allowedTransitions inputRequest { id question }
  parent { id } subtasks { id title status source createdBy { kind name } agent { name } }
  retryOf { id } retries { id } startedAt finishedAt
  history(first: 100) { nodes { seq type from to reason data actor { kind name } } }
  runs { number outcome errorCode endedAt steps { seq type data } }`;

interface Story {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly source: string;
  readonly version: number;
  readonly result: { text: string } | null;
  readonly error: { code: string; message: string } | null;
  readonly createdBy: { kind: string; name: string };
  readonly agent: { name: string; isDemo: boolean } | null;
  readonly allowedTransitions: string[];
  readonly inputRequest: { id: string; question: string } | null;
  readonly parent: { id: string } | null;
  readonly subtasks: {
    id: string;
    status: string;
    source: string;
    createdBy: { kind: string };
    agent: unknown;
  }[];
  readonly retryOf: { id: string } | null;
  readonly retries: { id: string }[];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly history: {
    nodes: {
      seq: number;
      type: string;
      from: string | null;
      to: string | null;
      reason: string | null;
      data: Record<string, unknown> | null;
      actor: { kind: string; name: string };
    }[];
  };
  readonly runs: {
    number: number;
    outcome: string | null;
    endedAt: string | null;
    steps: { seq: number; type: string; data: Record<string, unknown> }[];
  }[];
}

describe('the story of a task, over the API alone', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
  });

  async function mutate(name: string, input: Record<string, unknown>): Promise<Story> {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const { data, errors } = await app.ask<Record<string, { task?: Story }>>(
      `mutation ($input: ${type}Input!) { ${name}(input: $input) {
        __typename ... on ${type}Payload { task { ${TASK} } } ... on Error { code message } } }`,
      { input },
    );
    expect(errors).toBeUndefined();
    const result = data?.[name];
    if (!result?.task) throw new Error(`${name} was refused: ${JSON.stringify(result)}`);
    return result.task;
  }

  async function read(id: string): Promise<Story> {
    const { data, errors } = await app.ask<{ task: Story }>(
      `query ($id: ID!) { task(id: $id) { ${TASK} } }`,
      {
        id,
      },
    );
    expect(errors).toBeUndefined();
    if (!data) throw new Error(`there is no task ${id}`);
    return data.task;
  }

  /** Waits until it is so, and the history, which may follow by a moment, has all of it. */
  async function until(id: string, done: (task: Story) => boolean): Promise<Story> {
    const isWhole = (task: Story): boolean => task.history.nodes.length === task.version;
    let task = await read(id);
    await expect
      .poll(
        async () => {
          task = await read(id);
          return done(task) && isWhole(task);
        },
        { timeout: 20_000, interval: 50 },
      )
      .toBe(true);
    return task;
  }

  const create = (title: string) => mutate('createTask', { title, agent: 'assistant' });
  const typesOf = (task: Story): string[] => task.history.nodes.map(({ type }) => type);

  test('an agent asks, a person answers, and it continues from the answer to the end, with every step recorded', async () => {
    const created = await create('Ask me which quarter, then write the report');
    expect(created).toMatchObject({
      status: 'PENDING',
      source: 'API',
      createdBy: { kind: 'PERSON' },
      agent: { name: 'assistant', isDemo: true },
    });

    const asking = await until(created.id, ({ status }) => status === 'NEEDS_INPUT');
    expect(asking).toMatchObject({
      reason: 'WAITING_FOR_INPUT',
      allowedTransitions: ['IN_PROGRESS', 'CANCELLED'],
      result: null,
    });
    expect(asking.inputRequest?.question).toContain('Ask me which quarter');
    expect(asking.runs.map(({ number, outcome }) => [number, outcome])).toEqual([[1, 'ASKED']]);

    const inputRequestId = asking.inputRequest?.id;
    await mutate('provideTaskInput', { id: created.id, inputRequestId, answer: 'The third quarter' });
    const done = await until(created.id, ({ status }) => status === 'COMPLETED');

    expect(done.result?.text).toContain('You answered “The third quarter”.');
    expect(done).toMatchObject({ reason: null, inputRequest: null, error: null, allowedTransitions: [] });
    expect(Date.parse(done.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(done.startedAt ?? ''));
    expect(
      done.history.nodes.map(({ seq, type, from, to, actor }) => [seq, type, from, to, actor.kind]),
    ).toEqual([
      [1, 'TASK_CREATED', null, 'PENDING', 'PERSON'],
      [2, 'TASK_STARTED', 'PENDING', 'IN_PROGRESS', 'AGENT'],
      [3, 'TASK_INPUT_REQUESTED', 'IN_PROGRESS', 'NEEDS_INPUT', 'AGENT'],
      [4, 'TASK_INPUT_PROVIDED', 'NEEDS_INPUT', 'IN_PROGRESS', 'PERSON'],
      [5, 'RUN_STARTED', null, null, 'AGENT'],
      [6, 'TASK_COMPLETED', 'IN_PROGRESS', 'COMPLETED', 'AGENT'],
    ]);
    expect(done.version).toBe(6);
    expect(done.history.nodes[3]?.data).toEqual({ inputRequestId, answer: 'The third quarter' });

    expect(done.runs.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'ASKED'],
      [2, 'COMPLETED'],
    ]);
    for (const run of done.runs) {
      expect(run.endedAt).not.toBeNull();
      expect(run.steps.map(({ seq }) => seq)).toEqual(run.steps.map((_, index) => index + 1));
    }
    const [first, second] = done.runs;
    expect(first?.steps.filter(({ type }) => type === 'TOOL_CALL').map(({ data }) => data['name'])).toEqual([
      'manage_tasks',
      'manage_tasks',
    ]);
    const result = second?.steps.find(({ type }) => type === 'TOOL_RESULT' || type === 'ANSWER');
    expect(JSON.stringify(result?.data)).toContain('The third quarter');
    expect(second?.steps.at(-1)?.type).toBe('ASSISTANT');
  });

  test('what the agent gives up is FAILED with a code, and trying it again makes a new task that points at it', async () => {
    const { id } = await create('This one must fail');
    const failed = await until(id, ({ status }) => status === 'FAILED');
    expect(failed.error).toMatchObject({ code: 'agent_gave_up', message: expect.stringContaining('fail') });
    expect(typesOf(failed)).toEqual(['TASK_CREATED', 'TASK_STARTED', 'TASK_FAILED']);
    expect(failed.history.nodes.at(-1)?.data).toEqual(failed.error);
    expect(failed.runs.map(({ outcome }) => outcome)).toEqual(['FAILED']);

    const retry = await mutate('retryTask', { id, reason: 'once more' });
    expect(retry).toMatchObject({ retryOf: { id }, status: 'PENDING', agent: { name: 'assistant' } });
    expect(retry.history.nodes[0]).toMatchObject({ reason: 'once more', data: { retryOf: id } });
    await until(retry.id, ({ status }) => status === 'FAILED');
    expect(await read(id)).toMatchObject({
      status: 'FAILED',
      version: failed.version,
      retries: [{ id: retry.id }],
    });
  });

  test('a slow task is cancelled in the middle of its steps, and nothing is written after that', async () => {
    const { id } = await create('A slow piece of work');
    await until(id, ({ runs }) => (runs[0]?.steps.length ?? 0) >= 4);
    const cancelled = await mutate('cancelTask', { id, reason: 'not needed any more' });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', allowedTransitions: [], reason: null });

    const ended = await until(id, ({ runs }) => runs[0]?.endedAt !== null);
    expect(ended.runs.map(({ outcome }) => outcome)).toEqual(['CANCELLED']);
    expect(typesOf(ended)).toEqual(['TASK_CREATED', 'TASK_STARTED', 'TASK_CANCELLED']);
    expect(ended.history.nodes.at(-1)).toMatchObject({
      reason: 'not needed any more',
      actor: { kind: 'PERSON' },
    });

    // Another task's whole life is a fact that comes after; by then the run has written nothing more.
    const { id: other } = await create('A quick one');
    await until(other, ({ status }) => status === 'COMPLETED');
    const later = await read(id);
    expect(later.runs[0]?.steps).toEqual(ended.runs[0]?.steps);
    expect(later.version).toBe(ended.version);
  });

  test('an agent creates a subtask, which is tracked and waits for a person or program', async () => {
    const { id } = await create('This needs a subtask');
    const done = await until(id, ({ status }) => status === 'COMPLETED');
    expect(done.subtasks).toEqual([
      expect.objectContaining({
        status: 'PENDING',
        source: 'AGENT',
        createdBy: { kind: 'AGENT', name: 'assistant' },
        agent: null,
      }),
    ]);
    const part = await read(done.subtasks[0]?.id ?? '');
    expect(part).toMatchObject({ parent: { id }, reason: 'TRACKED', runs: [] });

    expect((await mutate('startTask', { id: part.id })).status).toBe('IN_PROGRESS');
    const completed = await mutate('completeTask', { id: part.id, result: { text: 'checked' } });
    expect(completed).toMatchObject({ status: 'COMPLETED', result: { text: 'checked' } });
    expect(typesOf(completed)).toEqual(['TASK_CREATED', 'TASK_STARTED', 'TASK_COMPLETED']);
  });

  test('the worker and the counts tell of all that', async () => {
    const { data } = await app.ask<{
      workers: { slots: number; agents: string[] }[];
      taskStats: { total: number; byStatus: { status: string; count: number }[] };
      tasks: { totalCount: number };
    }>(
      '{ workers { slots agents draining } taskStats { total byStatus { status count } } tasks { totalCount } }',
    );
    expect(data?.workers).toEqual([{ slots: 10, agents: ['assistant'], draining: false }]);
    expect(data?.taskStats.total).toBe(data?.tasks.totalCount);
    expect(data?.taskStats.total).toBeGreaterThan(0);
  });
});
