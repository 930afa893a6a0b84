import type { Page, PageRequest } from '../../core/page.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { TriggerFilter } from '../../domain/filters.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Trigger } from '../../domain/trigger.ts';
import { newestFirstCursor } from '../../store/newest-first.ts';
import { listTriggers as listRows } from '../../store/triggers/list.ts';
import type { ReadContext } from '../../tasks/context.ts';

export interface ListTriggersInput {
  readonly filter: TriggerFilter;
  readonly page: PageRequest;
}

/** One page of the triggers that match and are not deleted, the newest first. Throws `FORBIDDEN` or `BAD_CURSOR`. */
export async function listTriggers(
  { pool }: ReadContext,
  caller: Caller,
  input: ListTriggersInput,
): Promise<Page<Trigger>> {
  mustBeAllowed(caller, 'task.read');
  const { rows, hasMore } = await listRows(pool, input);
  return { items: rows, hasMore, cursorOf: ({ createdAt, id }) => newestFirstCursor(createdAt, id) };
}
