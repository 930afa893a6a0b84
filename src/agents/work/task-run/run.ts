import type pg from 'pg';
import type { Caller, CallerRun } from '../../../domain/permissions.ts';
import type { Task } from '../../../domain/task.ts';
import { resetLostLeases } from '../../../store/runs/lost-leases.ts';
import type { OpenTask, OpenTasksQuestion } from '../../../store/tasks/open.ts';
import type { TaskWriter } from '../../../tasks/commands/write.ts';
import type { WorkUnit } from '../unit.ts';
import { changeFor, type HeldTask, releaseOf } from './changes.ts';
import { emptyPast, readPast } from './past.ts';
import { systemMessage, taskMessage } from './prompt.ts';
import type { AppendSteps } from './step-writer.ts';

/** What all runs of a process share. */
export interface RunServices {
  readonly pool: pg.Pool;
  readonly writer: TaskWriter;
  readonly callerFor: (task: Task, run: CallerRun) => Promise<Caller>;
  readonly openTasks: (question: OpenTasksQuestion) => Promise<readonly OpenTask[]>;
  readonly append: AppendSteps;
  readonly onSteps: (taskId: string) => void;
}

/** A run of a task's agent, as a unit of work. */
export interface TaskRun extends WorkUnit {
  /** The task as it was claimed. */
  readonly task: Task;
}

export function taskRun({ task, token }: HeldTask, services: RunServices): TaskRun {
  const { pool, writer } = services;
  const run: CallerRun = { taskId: task.id, runId: task.runId ?? '', token };
  return {
    kind: 'task_run',
    id: task.id,
    attemptId: run.runId,
    attempt: task.runNumber,
    token,
    agent: task.agent ?? '',
    ownTaskId: task.id,
    task,

    caller: () => services.callerFor(task, run),
    settle: async (outcome) => (await writer.change(changeFor({ task, token }, outcome))) !== undefined,
    release: async (reason) => (await writer.change(releaseOf({ task, token }, reason))) !== undefined,

    past: async () => (task.runNumber > 1 ? readPast(pool, task.id) : emptyPast()),
    async messages(system, conversation) {
      const { id: taskId, parentId, actsFor } = task;
      const open = await services.openTasks({ taskId, parentId, actsFor });
      return [systemMessage(system, open), taskMessage(task), ...conversation.messages];
    },
    async append(firstSeq, events, signal) {
      const isHeld = await services.append({ runId: run.runId, token, firstSeq, events }, signal);
      if (isHeld) services.onSteps(task.id);
      return isHeld;
    },
    async progressed() {
      if (task.lostLeases > 0) await resetLostLeases(pool, { taskId: task.id, token });
    },
  };
}
