import type { AgentDefinition } from '../../src/agents/config/definition.ts';
import type { RunContext, RunOutcome } from '../../src/agents/loop/run-handler.ts';
import type { WorkerOptions } from '../../src/agents/worker/options.ts';
import { startWorker, type Worker } from '../../src/agents/worker/worker.ts';
import { newId } from '../../src/core/ids.ts';
import { createLog } from '../../src/core/log.ts';
import { agentActor } from '../../src/domain/actor.ts';
import type { Task } from '../../src/domain/task.ts';
import { readTask } from '../../src/store/tasks/read.ts';
import { type CreateTaskInput, createTask } from '../../src/tasks/commands/create.ts';
import { person, type TestTasks, testTasks } from '../fixtures/tasks.ts';

const AGENT: AgentDefinition = { name: 'assistant', model: 'none', tools: [] } as unknown as AgentDefinition;

/** What a handler does with the tasks of a title; those not named complete at once. */
export type Script = Record<string, (context: RunContext) => Promise<RunOutcome>>;

export interface WorkerRig extends AsyncDisposable {
  readonly app: TestTasks;
  /** Titles in the order their runs began. */
  readonly began: string[];
  /** Titles of the runs under way. */
  readonly under: Set<string>;
  /** A worker over the script; stopped with the rig. */
  worker(more?: Partial<WorkerOptions>): Worker;
  create(input: Omit<CreateTaskInput, 'agent'>): Promise<Task>;
  task(id: string): Promise<Task>;
  typesOf(id: string): Promise<string[]>;
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
}

export const ada = person('Ada');
export const DONE: RunOutcome = { kind: 'completed', result: { text: 'done' } };

/** Ends as aborted as soon as the signal fires. */
export function untilAborted({ signal }: Pick<RunContext, 'signal'>): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const aborted = (): void => resolve({ kind: 'aborted' });
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}

/** Workers in this process on a real database, with handlers that do what a test says. */
export async function workerRig(script: Script = {}): Promise<WorkerRig> {
  const app = await testTasks();
  const began: string[] = [];
  const under = new Set<string>();
  const workers: Worker[] = [];
  const handler = async (context: RunContext): Promise<RunOutcome> => {
    const { title } = context.task;
    began.push(title);
    under.add(title);
    try {
      return (await script[title]?.(context)) ?? DONE;
    } finally {
      under.delete(title);
    }
  };
  const sql: WorkerRig['sql'] = async (text, values) => (await app.pool.query(text, values)).rows;
  return {
    app,
    began,
    under,
    sql,
    worker: (more) => {
      const worker = startWorker({
        id: newId('worker'),
        tasks: app.tasks,
        leasePool: app.pool,
        agents: {
          get: (name) => (name === 'assistant' ? AGENT : undefined),
          names: () => ['assistant'],
          onChange: () => () => undefined,
        },
        handler,
        callerFor: async (task, run) => ({ ...ada, actor: agentActor(task.agent ?? ''), run }),
        concurrency: 5,
        leaseMs: 30_000,
        pollMs: 50,
        log: createLog('silent'),
        ...more,
      });
      workers.push(worker);
      return worker;
    },
    create: (input) => createTask(app.tasks, ada, { ...input, agent: 'assistant' }),
    task: async (id) => {
      const task = await readTask(app.pool, id);
      if (!task) throw new Error(`there is no task ${id}`);
      return task;
    },
    typesOf: async (id) =>
      (await sql<{ type: string }>('select type from task_events where task_id = $1 order by seq', [id])).map(
        ({ type }) => type,
      ),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.stop(0)));
      await app[Symbol.asyncDispose]();
    },
  };
}
