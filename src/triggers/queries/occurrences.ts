import type { Page, PageRequest } from '../../core/page.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Occurrence } from '../../domain/trigger.ts';
import { newestFirstCursor } from '../../store/newest-first.ts';
import { occurrencesOf } from '../../store/triggers/occurrence-list.ts';
import type { ReadContext } from '../../tasks/context.ts';
import { readTrigger } from './read.ts';

export interface ListOccurrencesInput {
  readonly triggerId: string;
  readonly page: PageRequest;
}

/** One page of a trigger's due moments, the last one first. Throws `FORBIDDEN`, `NOT_FOUND` or `BAD_CURSOR`. */
export async function listOccurrences(
  context: ReadContext,
  caller: Caller,
  { triggerId, page }: ListOccurrencesInput,
): Promise<Page<Occurrence>> {
  await readTrigger(context, caller, { id: triggerId });
  const [{ rows, hasMore } = { rows: [], hasMore: false }] = await occurrencesOf(
    context.pool,
    [triggerId],
    page,
  );
  return { items: rows, hasMore, cursorOf: ({ dueAt, id }) => newestFirstCursor(dueAt, id) };
}
