import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApp, testApp } from '../../fixtures/app.ts';
import { eventually } from '../../fixtures/eventually.ts';

const README = new URL('../../../README.md', import.meta.url);

let app: TestApp;
beforeAll(async () => {
  app = await testApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** The shell blocks of a recipe, and before them what every recipe begins with, as they stand in the README. */
async function blocksOf(recipe: string): Promise<{ beginning: string; blocks: string[] }> {
  const readme = await readFile(README, 'utf8');
  const recipes = /\n## Recipes\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
  const [beginning = '', ...parts] = recipes.split(/\n(?=\*\*\d+\. )/);
  const part = parts.find((text) => text.startsWith(`**${recipe}`));
  expect(part, `the README has a recipe «${recipe}»`).toBeDefined();
  const shell = (text: string): string[] =>
    [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return { beginning: shell(beginning).join('\n'), blocks: shell(part ?? '') };
}

/** Pastes the recipe into a shell whose server and key are the test's; gives each line that is JSON. */
async function paste(
  recipe: string,
  change: (block: string) => string = (block) => block,
): Promise<unknown[]> {
  const { beginning, blocks } = await blocksOf(recipe);
  const mine = `cat() { echo '${app.key}'; }\n${beginning.replace('http://127.0.0.1:4000', app.url)}\nunset -f cat\n`;
  expect(mine).toContain(app.url);
  const { stdout } = await promisify(execFile)('bash', ['-c', `${mine}${blocks.map(change).join('\n')}`], {
    timeout: 25_000,
  });
  return stdout
    .split('\n')
    .filter((line) => /^(?:data: )?\{/.test(line))
    .map((line) => JSON.parse(line.replace(/^data: /, '')) as unknown);
}

test('1: a task is made once under its key and answered when it is done, over REST; and over GraphQL', async () => {
  const [made, overGraphQL] = await paste('1.');
  expect(made).toMatchObject({ title: 'Summarise the feedback', status: 'completed', priority: 5 });
  expect(overGraphQL).toMatchObject({ data: { createTask: { task: { status: 'PENDING' } } } });
  const [again] = await paste('1.');
  expect((again as { id: string }).id).toBe((made as { id: string }).id);
});

test('2: everything that happened is replayed, and what happens follows', async () => {
  await app.ask('mutation { createTask(input: { title: "To be seen" }) { __typename } }');
  // Whoever pastes it watches for a minute; one second shows what was missed.
  const events = await paste('2.', (block) => `${block.replace('--max-time 60', '--max-time 1')}true`);
  expect(events).toContainEqual({
    data: {
      taskEvents: expect.objectContaining({
        type: 'TASK_CREATED',
        task: { title: 'To be seen', status: 'PENDING' },
      }),
    },
  });
});

test('3: what waits for an answer is found and answered', async () => {
  const [waiting, answered] = (await paste('3.')) as [{ data: { title: string }[] }, { id: string }];
  expect(waiting.data.map(({ title }) => title)).toContain('Ask me which quarter');
  expect(answered).toMatchObject({ status: 'in_progress' });
  await eventually(async () => {
    const { data } = await app.ask(`{ task(id: "${answered.id}") { status } }`);
    expect(data).toEqual({ task: { status: 'COMPLETED' } });
  });
});

test('4: a schedule is previewed, made, and fired by hand', async () => {
  const [preview, fired] = await paste('4.');
  expect(preview).toMatchObject({ words: 'At 02:00, Monday through Friday' });
  expect(fired).toMatchObject({ occurrence: { kind: 'manual', outcome: 'fired' } });
  const { data } = await app.ask('{ tasks(filter: { source: CRON }) { nodes { title agent { name } } } }');
  expect(data).toEqual({
    tasks: {
      nodes: [
        {
          title: expect.stringMatching(/^Nightly report for \d{4}-\d\d-\d\d$/),
          agent: { name: 'assistant' },
        },
      ],
    },
  });
});

test('5: a signed delivery of GitHub makes its task, and sent again it makes no other', async () => {
  const [trigger, received] = await paste('5.');
  expect(trigger).toMatchObject({ kind: 'webhook', url_path: '/webhooks/github' });
  expect(received).toMatchObject({ verdict: 'accepted', task_id: expect.stringMatching(/^task_/) });
  const again = (await paste('5.')).at(-1);
  expect(again).toMatchObject({ verdict: 'duplicate', task_id: (received as { task_id: string }).task_id });
  const { data } = await app.ask('{ tasks(filter: { source: WEBHOOK, text: "lamp" }) { nodes { title } } }');
  expect(data).toEqual({ tasks: { nodes: [{ title: 'Review Mend the lamp' }] } });
});

test('6: a signed event of Stripe makes its task', async () => {
  const received = (await paste('6.')).at(-1);
  expect(received).toMatchObject({ verdict: 'accepted' });
  const { data } = await app.ask('{ tasks(filter: { source: WEBHOOK, text: "INV-7" }) { nodes { title } } }');
  expect(data).toEqual({ tasks: { nodes: [{ title: 'Ask Ada about INV-7' }] } });
});

test('8: a key is made for somebody', async () => {
  const [made] = await paste('8.');
  expect(made).toMatchObject({ data: { createApiKey: { secret: expect.stringMatching(/^errand_/) } } });
});
