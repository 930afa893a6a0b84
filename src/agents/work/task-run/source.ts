import type pg from 'pg';
import { gatherer } from '../../../core/gather.ts';
import { newId } from '../../../core/ids.ts';
import type { Log } from '../../../core/log.ts';
import type { Task } from '../../../domain/task.ts';
import { isSuspectWaiting, MAX_CLAIM, tasksOfRuns } from '../../../store/tasks/claim.ts';
import { extendLeases } from '../../../store/tasks/lease.ts';
import { type OpenTasksQuestion, openTasksBeside } from '../../../store/tasks/open.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import type { Claim, ClaimRequest, WorkSource, WorkUnit } from '../unit.ts';
import { type RunServices, taskRun } from './run.ts';
import { createStepWriter } from './step-writer.ts';

export interface TaskRunsOptions extends Pick<RunServices, 'callerFor'> {
  readonly tasks: Pick<TaskContext, 'pool' | 'writer'>;
  /** A pool of its own, so that a heartbeat never waits behind the application's queries. */
  readonly leasePool: pg.Pool;
  /** A hint that the record of a task has grown; losing one delays a subscriber but loses no step. */
  readonly onSteps: (taskId: string) => void;
  readonly log: Log;
}

/** The runs of tasks, as a source of units of work. */
export function createTaskRuns({ tasks, leasePool, callerFor, onSteps, log }: TaskRunsOptions): WorkSource {
  const { pool, writer } = tasks;
  const services: RunServices = {
    pool,
    writer,
    callerFor,
    onSteps,
    append: createStepWriter(pool, log),
    openTasks: gatherer({
      flush: (questions: readonly OpenTasksQuestion[]) => openTasksBeside(pool, questions),
      keysOf: () => [],
      mayTryAlone: () => false,
    }),
  };

  function unitOf(task: Task): WorkUnit[] {
    return task.lease ? [taskRun({ task, token: task.lease.token }, services)] : [];
  }

  function prepareClaim({ slots, ...request }: ClaimRequest): Claim {
    const runIds = Array.from({ length: slots }, () => newId('run'));
    return {
      async send() {
        const claimed = await writer.claim({ ...request, runIds });
        return {
          units: claimed.flatMap(({ task, runs }) => (runs ? unitOf(task) : [])),
          poisoned: claimed.flatMap(({ task, runs }) => (runs ? [] : [task.id])),
        };
      },
      taken: async () => (await tasksOfRuns(pool, runIds)).flatMap(unitOf),
    };
  }

  return {
    maxClaim: MAX_CLAIM,
    prepareClaim,
    isSuspectWaiting: (agents) => isSuspectWaiting(pool, agents),
    async renew(units, leaseMs) {
      const leases = units.map(({ id, token }) => ({ taskId: id, token }));
      return new Set(await extendLeases(leasePool, leases, leaseMs));
    },
  };
}
