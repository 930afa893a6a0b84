import fc from 'fast-check';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { isLegalMove, LEGAL_MOVES, TASK_STATUSES, type TaskStatus } from '../../../src/domain/status.ts';
import type { Task } from '../../../src/domain/task.ts';
import { readTask } from '../../../src/store/tasks/read.ts';
import { cancelTask } from '../../../src/tasks/commands/cancel.ts';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { failTask } from '../../../src/tasks/commands/fail.ts';
import { provideInput } from '../../../src/tasks/commands/provide-input.ts';
import { requestInput } from '../../../src/tasks/commands/request-input.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { updateTask } from '../../../src/tasks/commands/update.ts';
import { person, type TestTasks, testTasks } from '../../fixtures/tasks.ts';

const ada = person('Ada');

/** Every command there is, with the status it leads to. */
const COMMANDS = {
  start: {
    to: 'in_progress',
    from: ['pending'],
    run: (app: TestTasks, id: string) => startTask(app.tasks, ada, { id }),
  },
  complete: {
    to: 'completed',
    run: (app: TestTasks, id: string) => completeTask(app.tasks, ada, { id, result: { ok: true } }),
  },
  fail: {
    to: 'failed',
    run: (app: TestTasks, id: string) => failTask(app.tasks, ada, { id, code: 'gave_up', message: 'no' }),
  },
  ask: {
    to: 'needs_input',
    run: (app: TestTasks, id: string) => requestInput(app.tasks, ada, { id, question: 'Which?' }),
  },
  answer: {
    to: 'in_progress',
    from: ['needs_input'],
    run: (app: TestTasks, id: string) => provideInput(app.tasks, ada, { id, answer: 'this' }),
  },
  cancel: { to: 'cancelled', run: (app: TestTasks, id: string) => cancelTask(app.tasks, ada, { id }) },
} as const satisfies Record<
  string,
  { to: TaskStatus; from?: readonly TaskStatus[]; run: (app: TestTasks, id: string) => Promise<Task> }
>;
type Command = keyof typeof COMMANDS;
const NAMES = Object.keys(COMMANDS) as Command[];

function isAllowed(command: Command, from: TaskStatus): boolean {
  const rule: { to: TaskStatus; from?: readonly TaskStatus[] } = COMMANDS[command];
  return isLegalMove(from, rule.to) && (rule.from?.includes(from) ?? true);
}

interface HistoryRow {
  seq: number;
  type: string;
  from: TaskStatus | null;
  to: TaskStatus | null;
  at: Date;
}

async function historyOf(pool: pg.Pool, id: string): Promise<HistoryRow[]> {
  const { rows } = await pool.query<HistoryRow>(
    'select seq, type, "from", "to", at from task_events where task_id = $1 order by position',
    [id],
  );
  return rows;
}

/** The law: seq from 1 without a gap, each move legal and from where the last one led, moments in order, status and version as the last says. */
async function expectLegalHistory(pool: pg.Pool, id: string): Promise<HistoryRow[]> {
  const history = await historyOf(pool, id);
  const task = await readTask(pool, id);
  let status: TaskStatus | null = null;
  for (const [index, event] of history.entries()) {
    expect(event.seq).toBe(index + 1);
    if (index > 0) expect(event.at.getTime()).toBeGreaterThanOrEqual(history[index - 1]?.at.getTime() ?? 0);
    if (event.to === null) continue;
    expect(event.from).toBe(status);
    if (event.from !== null) expect(LEGAL_MOVES[event.from]).toContain(event.to);
    status = event.to;
  }
  expect(task?.status).toBe(status);
  expect(task?.version).toBe(history.length);
  return history;
}

test('for any commands in any order, only legal transitions happen and each is recorded', async () => {
  await using app = await testTasks();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...NAMES), { maxLength: 12 }), async (commands) => {
      const { id } = await createTask(app.tasks, ada, { title: 'A task' });
      let status: TaskStatus = 'pending';
      let events = 1;
      for (const command of commands) {
        const outcome = await COMMANDS[command].run(app, id).catch((error: unknown) => error);
        if (isAllowed(command, status)) {
          status = COMMANDS[command].to;
          events += 1;
          expect(outcome).toMatchObject({ id, status, version: events });
        } else {
          expect(outcome).toBeInstanceOf(Refusal);
          const refusal = outcome as Refusal;
          if (command === 'answer') expect(refusal.code).toBe('NOT_WAITING');
          else {
            expect(refusal).toMatchObject({
              code: 'ILLEGAL_TRANSITION',
              details: { from: status, to: COMMANDS[command].to },
            });
            expect(refusal.details.allowed).toEqual(LEGAL_MOVES[status]);
          }
        }
      }
      expect(await expectLegalHistory(app.pool, id)).toHaveLength(events);
    }),
    { numRuns: 60 },
  );
});

test('a hundred commands at once on one task leave a legal history, one version per event', async () => {
  await using app = await testTasks();
  for (let round = 0; round < 5; round += 1) {
    const { id } = await createTask(app.tasks, ada, { title: 'A task' });
    const commands = Array.from(
      { length: 100 },
      (_, index) => NAMES[(index * 7 + round) % NAMES.length] as Command,
    );
    const outcomes = await Promise.allSettled(commands.map((command) => COMMANDS[command].run(app, id)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    const history = await expectLegalHistory(app.pool, id);
    expect(history).toHaveLength(won + 1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Refusal);
  }
});

test('of twenty callers who start one task at once, one succeeds', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'A task' });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => startTask(app.tasks, person(`P${index}`), { id })),
  );
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  await expectLegalHistory(app.pool, id);
});

test('changes of title and moves at once all land, none overwritten', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'A task' });
  await Promise.all([
    startTask(app.tasks, ada, { id }),
    ...Array.from({ length: 10 }, (_, priority) =>
      updateTask(app.tasks, ada, { id, priority: priority + 1 }),
    ),
  ]);
  const history = await expectLegalHistory(app.pool, id);
  expect(history.filter((event) => event.type === 'task.updated')).toHaveLength(10);
});

test('the tool completes a pending tracked task with both legal moves in one write', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'A task' });
  const task = await completeTask(app.tasks, ada, { id }, { startIfPending: true });
  expect(task).toMatchObject({ status: 'completed', version: 3 });
  const history = await expectLegalHistory(app.pool, id);
  expect(history.map((event) => event.type)).toEqual(['task.created', 'task.started', 'task.completed']);
});

test('the table in the code is the picture on the seed page', () => {
  expect(TASK_STATUSES.filter((status) => LEGAL_MOVES[status].length === 0)).toEqual([
    'completed',
    'failed',
    'cancelled',
  ]);
  expect(LEGAL_MOVES.pending).toEqual(['in_progress', 'cancelled']);
  expect(LEGAL_MOVES.in_progress).toEqual(['completed', 'failed', 'needs_input', 'cancelled']);
  expect(LEGAL_MOVES.needs_input).toEqual(['in_progress', 'cancelled']);
});
