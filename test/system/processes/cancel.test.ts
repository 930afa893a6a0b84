import { expect, test } from 'vitest';
import { testDatabase } from '../../fixtures/database.ts';
import { type ErrandProcess, startErrand } from '../../fixtures/errand.ts';
import { until } from '../../fixtures/facts.ts';
import { scriptedModel } from '../../fixtures/scripted-model.ts';

const CREATE = `mutation ($title: String!) { createTask(input: { title: $title, agent: "assistant" }) {
  ... on CreateTaskPayload { task { id } } ... on Error { message } } }`;
const CANCEL = `mutation ($id: ID!) { cancelTask(input: { id: $id }) {
  ... on CancelTaskPayload { task { status } } ... on Error { message } } }`;
const TASK = `query ($id: ID!) { task(id: $id) { status version
  history(first: 50) { nodes { type } } runs { outcome steps { type } } } }`;

interface Shown {
  status: string;
  version: number;
  history: { nodes: { type: string }[] };
  runs: { outcome: string; steps: { type: string }[] }[];
}

test('a cancel reaches the model call within a second in another process, nothing follows it, and the slot is free', async () => {
  await using database = await testDatabase();
  await using model = await scriptedModel((_call, index) =>
    index === 0 ? { kind: 'hang' } : { kind: 'reply', text: 'Done.' },
  );
  const [server, workers] = await Promise.all([
    startErrand('serve only', { databaseUrl: database.url }),
    startErrand('worker', {
      databaseUrl: database.url,
      environment: {
        OPENAI_BASE_URL: model.baseUrl,
        OPENAI_API_KEY: model.apiKey,
        ERRAND_WORKER_CONCURRENCY: '1',
      },
    }),
  ]);
  await using serve = server;
  await using worker = workers;

  const id = await create(serve, 'A thing that hangs');
  await model.called(1);
  const next = await create(serve, 'A thing that waits for the slot');
  const cancelledAtMs = performance.now();
  const answer = await serve.ask<{ cancelTask: { task: { status: string } } }>(CANCEL, { id });
  expect(answer.cancelTask).toEqual({ task: { status: 'CANCELLED' } });
  let isClosed = false;
  void model.calls[0]?.closed.then(() => {
    isClosed = true;
  });
  await until('the model call has ended', 5_000, () => isClosed);
  const reachedAfterMs = performance.now() - cancelledAtMs;
  const task = await read(serve, id);
  await until('the next one is done', 5_000, async () => (await read(serve, next)).status === 'COMPLETED');
  const freeAfterMs = performance.now() - cancelledAtMs;

  console.log(
    `the model call ended ${Math.round(reachedAfterMs)} ms after the cancel, the next task ${Math.round(freeAfterMs)} ms`,
  );
  expect(reachedAfterMs).toBeLessThan(1_000);
  expect(freeAfterMs).toBeLessThan(2_000);
  expect(task.history.nodes.map(({ type }) => type)).toEqual([
    'TASK_CREATED',
    'TASK_STARTED',
    'TASK_CANCELLED',
  ]);
  expect(task.runs.map(({ outcome }) => outcome)).toEqual(['CANCELLED']);
  // Whatever the run still wanted to write came too late.
  expect(await read(serve, id)).toEqual(task);
  expect(worker.log()).toContain('its outcome is not stored');
});

async function create(serve: ErrandProcess, title: string): Promise<string> {
  const made = await serve.ask<{ createTask: { task: { id: string } } }>(CREATE, { title });
  return made.createTask.task.id;
}

async function read(serve: ErrandProcess, id: string): Promise<Shown> {
  return (await serve.ask<{ task: Shown }>(TASK, { id })).task;
}
