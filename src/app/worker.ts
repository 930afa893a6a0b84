import { createLoop } from '../agents/loop/loop.ts';
import { createModels } from '../agents/model/models.ts';
import { createTools } from '../agents/tools/registry.ts';
import { revocationsOf } from '../agents/work/task-run/revocations.ts';
import { createTaskRuns } from '../agents/work/task-run/source.ts';
import { startWorker, type Worker } from '../agents/worker/worker.ts';
import type { Auth } from '../auth/auth.ts';
import type { Config } from '../config.ts';
import { newId } from '../core/ids.ts';
import type { Releasers } from '../core/releasers.ts';
import { agentActor } from '../domain/actor.ts';
import type { Caller, CallerRun } from '../domain/permissions.ts';
import type { Task } from '../domain/task.ts';
import type { Parts } from './parts.ts';

/** Starts the worker with the agent loop; wake-ups start runs, and the event log stops them. */
export function joinWorker(config: Config, parts: Parts, releasers: Releasers): Worker {
  const { store, pubsub, auth, agents, tasks, eventLog, log } = parts;
  const models = createModels({ own: parts.models.own });
  const worker = startWorker({
    id: newId('worker'),
    source: createTaskRuns({
      tasks,
      leasePool: store.leasePool,
      callerFor: (task, run) => callerFor(auth, task, run),
      onSteps: (taskId) => pubsub.publish('run', { taskIds: [taskId] }),
      log,
    }),
    pool: store.leasePool,
    agents,
    handler: createLoop({
      models: (agent) => models.at(agent.provider),
      tools: createTools({ tasks }),
      log,
    }),
    concurrency: config.workerConcurrency,
    leaseMs: config.leaseMs,
    pollMs: config.pollMs,
    log,
  });
  releasers.use('the worker', worker);
  pubsub.subscribe('work', () => worker.wake());
  pubsub.onReconnect(() => worker.wake());
  eventLog.onPage((events) => worker.revoked(revocationsOf(events)));
  return worker;
}

/** A run has the permissions of the task's creator, but at most a member's; a task of the system has a member's. */
async function callerFor(auth: Auth, task: Task, run: CallerRun): Promise<Caller> {
  const actor = agentActor(task.agent ?? '');
  if (task.actsFor === null) return { actor, role: 'member', keyId: null, sources: [], run };
  const caller = await auth.callerForKey(task.actsFor);
  return { ...caller, actor, run };
}
