import type { Page, PageRequest } from '../../core/page.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { DeliveryHead } from '../../domain/delivery.ts';
import type { DeliveryFilter } from '../../domain/filters.ts';
import type { Caller } from '../../domain/permissions.ts';
import { listDeliveries as listRows } from '../../store/deliveries/list.ts';
import { newestFirstCursor } from '../../store/newest-first.ts';
import type { ReadContext } from '../../tasks/context.ts';

export interface ListDeliveriesInput {
  readonly filter: DeliveryFilter;
  readonly page: PageRequest;
}

/** One page of the deliveries that match, the newest first, without their bodies. Throws `FORBIDDEN` or `BAD_CURSOR`. */
export async function listDeliveries(
  { pool }: ReadContext,
  caller: Caller,
  input: ListDeliveriesInput,
): Promise<Page<DeliveryHead>> {
  mustBeAllowed(caller, 'task.read');
  const { rows, hasMore } = await listRows(pool, input);
  return { items: rows, hasMore, cursorOf: ({ createdAt, id }) => newestFirstCursor(createdAt, id) };
}
