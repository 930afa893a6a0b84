import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testApp } from '../fixtures/app.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const AGENTS = `agents:
  project-manager:
    model: glm-5
    tools:
      - manage_tasks # Adds task tracking capability
    system: |
      You are a project manager. Track all work items as tasks.
      When a user mentions something to do, create a task for it.
`;

test('the agent of the seed page works without any key: the demo model stands in for its model', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'agents.yaml');
  await writeFile(file, AGENTS);
  await using app = await testApp({ environment: { ERRAND_AGENTS_FILE: file } });
  const made = await app.ask<{ createTask: { task: { id: string; agent: unknown } } }>(
    `mutation { createTask(input: { title: "Quarterly report", agent: "project-manager" }) {
      ... on CreateTaskPayload { task { id agent { name model isDemo } } } } }`,
  );
  const task = made.data?.createTask.task;
  expect(task?.agent).toEqual({ name: 'project-manager', model: 'glm-5', isDemo: true });
  await expect
    .poll(
      async () =>
        (await app.ask('query ($id: ID!) { task(id: $id) { status error { code } } }', { id: task?.id }))
          .data,
      {
        timeout: 15_000,
      },
    )
    .toEqual({ task: { status: 'COMPLETED', error: null } });
});
