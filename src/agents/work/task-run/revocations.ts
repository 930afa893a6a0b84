import type { TaskEvent } from '../../../domain/events.ts';
import type { Revocation } from '../unit.ts';

/** The runs that these events end from outside: a task was cancelled, or another worker found a lease expired. */
export function revocationsOf(events: readonly TaskEvent[]): Revocation[] {
  return events.flatMap(({ type, taskId, runId }): Revocation[] => {
    if (type === 'task.cancelled') return [{ unitId: taskId, attemptId: null, cause: 'moved' }];
    if (type === 'run.lease_lost') return [{ unitId: taskId, attemptId: runId, cause: 'lease_lost' }];
    return [];
  });
}
