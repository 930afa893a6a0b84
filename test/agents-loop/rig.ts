import type pg from 'pg';
import type { AgentDefinition } from '../../src/agents/config/definition.ts';
import { builtInAgent } from '../../src/agents/config/definition.ts';
import { createLoop } from '../../src/agents/loop/loop.ts';
import type { RunContext, RunHandler, RunOutcome } from '../../src/agents/loop/run-handler.ts';
import { createOpenAiModel } from '../../src/agents/model/openai-model.ts';
import type { Model } from '../../src/agents/model/port.ts';
import { createRecorder, type Recorder } from '../../src/agents/record/recorder.ts';
import { createManageTasks } from '../../src/agents/tools/manage-tasks.ts';
import type { Tool } from '../../src/agents/tools/tool.ts';
import { changeFor, releaseOf } from '../../src/agents/worker/settle.ts';
import { newId } from '../../src/core/ids.ts';
import { createLog } from '../../src/core/log.ts';
import { agentActor } from '../../src/domain/actor.ts';
import type { Caller } from '../../src/domain/permissions.ts';
import type { RunEvent } from '../../src/domain/run.ts';
import type { Task } from '../../src/domain/task.ts';
import { readRunEvents } from '../../src/store/runs/steps.ts';
import { claimTasks } from '../../src/store/tasks/claim.ts';
import { readTask } from '../../src/store/tasks/read.ts';
import { type CreateTaskInput, createTask } from '../../src/tasks/commands/create.ts';
import { createWriter } from '../../src/tasks/commands/write.ts';
import type { TaskContext } from '../../src/tasks/context.ts';
import { testDatabase } from '../fixtures/database.ts';
import { testPool } from '../fixtures/pool.ts';
import { person } from '../fixtures/tasks.ts';

export interface Rig extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  /** The person whose tasks the agent works on. */
  readonly ann: Caller;
  readonly appended: string[];
  create(input: Omit<CreateTaskInput, 'agent'>): Promise<Task>;
  /** Claims the next task as a worker does: a new run under a new lease. */
  claim(): Promise<RunContext & { readonly stop: AbortController }>;
  /** Claims, runs to the end and writes the outcome, as a worker does. */
  run(handler?: RunHandler): Promise<{ outcome: RunOutcome; task: Task }>;
  /** Writes what a run came to. */
  settle(context: RunContext, outcome: RunOutcome): Promise<Task>;
  /** The worker of the task's run dies: its lease runs out. */
  die(taskId: string): Promise<void>;
  /** The run lets go of its task, as at shutdown. */
  release(context: RunContext): Promise<void>;
  handler: RunHandler;
  handlerWith(options: HandlerOptions): RunHandler;
  /** The one the handlers write through. */
  readonly recorder: Recorder;
  steps(taskId: string): Promise<RunEvent[]>;
  read(taskId: string): Promise<Task>;
}

export interface HandlerOptions {
  readonly model?: Model;
  readonly tools?: readonly Tool[];
  readonly recorder?: Recorder;
  readonly pool?: pg.Pool;
  readonly maxContextCharacters?: number;
}

export interface RigOptions {
  readonly endpoint: { readonly baseUrl: string; readonly apiKey: string };
  readonly agent?: Partial<AgentDefinition>;
  readonly idleMs?: number;
  readonly leaseMs?: number;
  readonly callerFor?: (caller: Caller) => Promise<Caller>;
}

/** The loop on a database of its own, driven run by run as a worker drives it. */
export async function testRig(options: RigOptions): Promise<Rig> {
  const database = await testDatabase();
  const pool = testPool({ connectionString: database.url, max: 10 });
  const log = createLog('silent');
  const writer = createWriter(pool, { logGrew: () => undefined, mayWork: () => undefined });
  const tasks: TaskContext = {
    pool,
    writer,
    knowsAgent: (name) => name === 'assistant',
    agentNames: () => ['assistant'],
  };
  const appended: string[] = [];
  const recorder = createRecorder({ pool, onAppended: (taskId) => appended.push(taskId), log });
  const agent: AgentDefinition = { ...builtInAgent('demo'), ...options.agent };
  const ann = person('Ann');
  const realModel = createOpenAiModel({
    ...options.endpoint,
    idleMs: options.idleMs ?? 2_000,
    totalMs: 10_000,
  });

  const rig: Rig = {
    pool,
    tasks,
    ann,
    appended,
    recorder,
    handlerWith: ({ model = realModel, pool: otherPool = pool, ...given }) =>
      createLoop({
        pool: otherPool,
        models: () => model,
        tools: [createManageTasks(tasks)],
        recorder:
          otherPool === pool
            ? recorder
            : createRecorder({ pool: otherPool, onAppended: () => undefined, log }),
        log,
        ...given,
      }),
    handler: async () => ({ kind: 'aborted' }),
    create: (input) => createTask(tasks, ann, { ...input, agent: 'assistant' }),
    async claim() {
      const [claimed] = await claimTasks(pool, {
        agents: ['assistant'],
        workerId: newId('worker'),
        leaseMs: options.leaseMs ?? 30_000,
        runIds: [newId('run')],
        alone: false,
      });
      if (!claimed?.task.lease) throw new Error('there was nothing to claim');
      const { task } = claimed;
      const run = { id: task.runId ?? '', number: task.runNumber, token: claimed.task.lease.token };
      const caller: Caller = {
        actor: agentActor('assistant'),
        role: 'member',
        keyId: task.actsFor,
        sources: ann.sources,
        run: { taskId: task.id, runId: run.id, token: run.token },
      };
      const stop = new AbortController();
      const refreshCaller = (): Promise<Caller> => options.callerFor?.(caller) ?? Promise.resolve(caller);
      return { task, run, agent, signal: stop.signal, caller, refreshCaller, stop };
    },
    async settle(context, outcome) {
      const change = changeFor(context.task, context.run.token, outcome);
      if (change) await writer.change(change);
      return rig.read(context.task.id);
    },
    async run(handler = rig.handler) {
      const context = await rig.claim();
      const outcome = await handler(context);
      return { outcome, task: await rig.settle(context, outcome) };
    },
    async die(taskId) {
      await pool.query(`update tasks set lease_until = now() - interval '1 ms' where id = $1`, [taskId]);
    },
    async release({ task, run }) {
      await writer.change(releaseOf({ task, token: run.token }));
    },
    steps: (taskId) => readRunEvents(pool, { taskId, after: { number: 0, seq: 0 }, limit: 1_000 }),
    async read(taskId) {
      const task = await readTask(pool, taskId);
      if (!task) throw new Error(`there is no ${taskId}`);
      return task;
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
  rig.handler = rig.handlerWith({});
  return rig;
}
