import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { builtInAgent } from '../../src/agents/config/definition.ts';
import { DEMO_MODEL } from '../../src/agents/demo-model/server.ts';
import type { WorkHandler } from '../../src/agents/work/handler.ts';
import { createTaskRuns } from '../../src/agents/work/task-run/source.ts';
import { startWorker, type Worker } from '../../src/agents/worker/worker.ts';
import { newId } from '../../src/core/ids.ts';
import type { Log } from '../../src/core/log.ts';
import type { Releasers } from '../../src/core/releasers.ts';
import type { Caller } from '../../src/domain/permissions.ts';
import type { PubSub } from '../../src/pubsub/port.ts';
import { createPostgresPubSub } from '../../src/pubsub/postgres/postgres.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { createPool } from '../../src/store/postgres/pools.ts';
import { createWriter, type TaskWriter } from '../../src/tasks/commands/write.ts';
import type { TaskContext } from '../../src/tasks/context.ts';
import { createWakeUps } from '../../src/tasks/wake-up.ts';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const AGENT = builtInAgent(DEMO_MODEL);

/** The creator of the tasks. */
export const CALLER: Caller = {
  actor: { kind: 'person', id: newId('apiKey'), name: 'Bench' },
  role: 'admin',
  keyId: null,
  sources: ['api'],
  run: null,
};

/** The engine in one process: write path, wake-ups through PostgreSQL, and workers, connected as in the product. */
export interface Engine {
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  readonly pubsub: PubSub;
  /** `writer` replaces the engine's own, to observe the writes. */
  work(handler: WorkHandler, concurrency: number, writer?: TaskWriter): Worker;
}

/** Uses the database at `url`. */
export async function startEngine(url: string, log: Log, releasers: Releasers): Promise<Engine> {
  const open = (name: string, max: number, byKey: boolean): pg.Pool => {
    const pool = createPool({ url, name, max, byKey }, log);
    releasers.push(`the ${name} pool`, () => pool.end());
    return pool;
  };
  const pool = open('application', 10, false);
  const writePool = open('writes', 5, true);
  const leasePool = open('leases', 2, false);
  await migrate({ url, folder: MIGRATIONS }, log);
  const pubsub = releasers.use('pub/sub', await createPostgresPubSub({ url, pool, log }));
  const wakeUps = createWakeUps({
    broadcastLog: () => pubsub.publish('log', {}),
    broadcastWork: (agent) => pubsub.publish('work', { agents: [agent] }),
    wake: () => undefined,
    wakeAt: () => undefined,
  });
  releasers.push('the wake-ups', () => wakeUps.stop());
  const tasks: TaskContext = {
    pool,
    writer: createWriter(writePool, wakeUps),
    knowsAgent: (name) => name === AGENT.name,
    agentNames: () => [AGENT.name],
  };
  return {
    pool,
    tasks,
    pubsub,
    work: (handler, concurrency, writer = tasks.writer) => {
      const worker = startWorker({
        id: newId('worker'),
        source: createTaskRuns({
          tasks: { ...tasks, writer },
          leasePool,
          callerFor: async (task, run) => ({
            actor: { kind: 'agent', id: task.agent ?? '', name: task.agent ?? '' },
            role: 'member',
            keyId: task.actsFor,
            sources: ['api'],
            run,
          }),
          onSteps: (taskId) => pubsub.publish('run', { taskIds: [taskId] }),
          log,
        }),
        pool: leasePool,
        agents: { get: () => AGENT, names: () => [AGENT.name], onChange: () => () => undefined },
        handler,
        concurrency,
        leaseMs: 30_000,
        pollMs: 1_000,
        log,
      });
      const stopListening = pubsub.subscribe('work', () => worker.wake());
      releasers.push('the worker', async () => {
        stopListening();
        await worker.stop(0);
      });
      return worker;
    },
  };
}
