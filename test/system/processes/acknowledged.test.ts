import { expect, test } from 'vitest';
import { startErrand } from '../../fixtures/errand.ts';
import { expectLegalHistories } from '../../fixtures/facts.ts';
import { testTasks } from '../../fixtures/tasks.ts';

/** The promise is made for 100 tries; here it is held at a size that an ordinary test run can afford. */
const TRIES = Number(process.env['ERRAND_TEST_TRIES'] ?? 4);
/** A start costs a second of a processor: two at once keep both busy. */
const AT_ONCE = 2;
/** As many clients call each process at once; it is killed at the first answer that any of them gets. */
const CLIENTS = 8;
const CREATE = `mutation ($title: String!) { createTask(input: { title: $title, agent: "assistant" }) {
  ... on CreateTaskPayload { task { id } } ... on Error { message } } }`;

test('an acknowledged change is stored, although the process was killed at the moment of its answer', async () => {
  await using app = await testTasks();
  const acknowledged: string[] = [];
  let tries = 0;

  async function tryOnAndOn(): Promise<void> {
    while (tries < TRIES) {
      const number = tries++;
      await using serve = await startErrand('serve only', { databaseUrl: app.url });
      let killed: Promise<void> | undefined;
      const calls = Array.from({ length: CLIENTS }, async (_, client) => {
        const answer = await serve.ask<{ createTask: { task: { id: string } } }>(CREATE, {
          title: `Try ${number} of client ${client}`,
        });
        killed ??= serve.kill();
        acknowledged.push(answer.createTask.task.id);
      });
      // Those that were not answered in time have seen their connection break: nothing was promised to them.
      const ends = await Promise.allSettled(calls);
      expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
      await killed;
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, tryOnAndOn));

  const { rows } = await app.pool.query<{ id: string }>('select id from tasks where id = any ($1)', [
    acknowledged,
  ]);
  console.log(`${TRIES} kills, ${acknowledged.length} answers, ${rows.length} of them on record`);
  expect(acknowledged.length).toBeGreaterThanOrEqual(TRIES);
  expect(rows).toHaveLength(acknowledged.length);
  await expectLegalHistories(app.pool);
}, 120_000);
