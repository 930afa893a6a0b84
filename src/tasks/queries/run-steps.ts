import type { Page, PageRequest } from '../../core/page.ts';
import type { Caller } from '../../domain/permissions.ts';
import { type RunEvent, runCursor } from '../../domain/run.ts';
import { readRunEvents } from '../../store/runs/steps.ts';
import { parseStepCursor } from '../../streams/sources/run-steps.ts';
import type { ReadContext } from '../context.ts';
import { readTask } from './read.ts';

export interface ListRunStepsInput {
  readonly taskId: string;
  readonly page: Pick<PageRequest, 'limit' | 'after'>;
}

/** The steps of all runs of a task, the oldest first. Throws `FORBIDDEN`, `NOT_FOUND` or `BAD_CURSOR`. */
export async function listRunSteps(
  context: ReadContext,
  caller: Caller,
  { taskId, page: { limit, after = '0' } }: ListRunStepsInput,
): Promise<Page<RunEvent>> {
  await readTask(context, caller, { id: taskId });
  const steps = await readRunEvents(context.pool, {
    taskId,
    after: parseStepCursor(after),
    limit: limit + 1,
  });
  return { items: steps.slice(0, limit), hasMore: steps.length > limit, cursorOf: runCursor };
}
