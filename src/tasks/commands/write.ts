import type pg from 'pg';
import { didNothing, isDatabaseAway, wasRolledBack } from '../../core/database-away.ts';
import { OperationError } from '../../core/errors.ts';
import { gatherer } from '../../core/gather.ts';
import { isFinal } from '../../domain/status.ts';
import type { Task } from '../../domain/task.ts';
import { changeTasks, type TaskChange } from '../../store/tasks/change.ts';
import { type Claimed, type ClaimRequest, claimTasks } from '../../store/tasks/claim.ts';
import { insertTasks, type TaskInsert } from '../../store/tasks/insert.ts';

/** The only write path: every change of a task, by any API, uses one of these three statements. */
export interface TaskWriter {
  /** Creates a task with its first event; undefined if its idempotency key or its parent prevents it. */
  insert(item: TaskInsert): Promise<Task | undefined>;
  /** Compare and set; undefined if the task is no longer in the state that the change expects. */
  change(item: TaskChange): Promise<Task | undefined>;
  /** Takes claimable tasks for a worker, each under its own lease. */
  claim(request: ClaimRequest): Promise<Claimed[]>;
}

/** Wake-ups sent after a write is committed; a lost one delays work but never loses it. */
export interface WriteHints {
  /** The event log has new events. */
  logGrew(): void;
  /** A task of this agent may have become claimable, or becomes so at the future moment `at`. */
  mayWork(agent: string, at: Date | null, taskId: string): void;
}

/**
 * One statement for one task, or for all tasks whose changes were requested during the previous statement.
 * Throws `UNAVAILABLE` if the database cannot be reached; whether the write took effect is then unknown.
 */
export function createWriter(pool: pg.Pool, hints: WriteHints): TaskWriter {
  const insert = gatherer({
    flush: (items: readonly TaskInsert[]) => insertTasks(pool, items),
    keysOf: (item) => {
      const keys: string[] = [];
      if (item.parentId !== null) keys.push(item.parentId);
      if (item.idempotency)
        keys.push(`${item.idempotency.actorId} ${item.idempotency.operation} ${item.idempotency.key}`);
      return keys;
    },
    mayTryAlone: didNothing,
    mayRepeat: wasRolledBack,
  });
  const change = gatherer({
    flush: (items: readonly TaskChange[]) => changeTasks(pool, items),
    keysOf: (item) => [item.id],
    mayTryAlone: didNothing,
    mayRepeat: wasRolledBack,
  });

  async function written(write: Promise<Task | undefined>): Promise<Task | undefined> {
    let task: Task | undefined;
    try {
      task = await write;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      throw new OperationError(
        'UNAVAILABLE',
        'The database did not answer; the change may or may not have been made. Read the task before you retry.',
      );
    }
    if (!task) return undefined;
    hints.logGrew();
    if (
      task.agent !== null &&
      task.lease === null &&
      !isFinal(task.status) &&
      task.status !== 'needs_input'
    ) {
      hints.mayWork(
        task.agent,
        task.notBefore !== null && task.notBefore > task.readAt ? task.notBefore : null,
        task.id,
      );
    }
    return task;
  }

  return {
    insert: (item) => written(insert(item)),
    change: (item) => written(change(item)),
    claim: async (request) => {
      const claimed = await claimTasks(pool, request);
      if (claimed.length > 0) hints.logGrew();
      return claimed;
    },
  };
}
