import { onAnyAbort } from '../../core/abort.ts';
import { isFinal } from '../../domain/status.ts';
import type { Task } from '../../domain/task.ts';
import { readTask } from '../../store/tasks/read.ts';
import type { EventLog } from '../../streams/log/event-log.ts';
import type { TaskContext } from '../context.ts';

/** Waits until the task is final, `timeoutMs` has passed or a signal aborts. The event log wakes it: no polling. */
export async function waitUntilFinal(
  { pool }: TaskContext,
  log: EventLog,
  task: Task,
  { timeoutMs, signals }: { timeoutMs: number; signals: readonly AbortSignal[] },
): Promise<Task> {
  if (isFinal(task.status) || timeoutMs <= 0 || signals.some(({ aborted }) => aborted)) return task;
  let done!: () => void;
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  const timer = setTimeout(done, timeoutMs);
  const stopListening = onAnyAbort(signals, done);
  const stop = log.onPage((events) => {
    if (events.some(({ taskId, to }) => taskId === task.id && to !== null && isFinal(to))) done();
  });
  try {
    // It may have become final before the listener was registered.
    const before = await readTask(pool, task.id);
    if (before && isFinal(before.status)) return before;
    await over;
    return (await readTask(pool, task.id)) ?? task;
  } finally {
    stop();
    clearTimeout(timer);
    stopListening();
  }
}
