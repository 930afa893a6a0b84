import { Refusal } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { DeliveryAttempt, DeliveryHead } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import { readBodies, readDeliveryHeads, triesOf } from '../../store/deliveries/list.ts';
import { readTasks } from '../../store/tasks/read.ts';
import type { ReadContext } from '../../tasks/context.ts';

/** One delivery in either direction, without its body. Throws `FORBIDDEN` or `NOT_FOUND`. */
export async function readDelivery(
  { pool }: ReadContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<DeliveryHead> {
  mustBeAllowed(caller, 'task.read');
  const [delivery] = isId('delivery', id) ? await readDeliveryHeads(pool, [id]) : [];
  if (!delivery) throw new Refusal('NOT_FOUND', `Delivery ${id.slice(0, 100)} not found.`);
  return delivery;
}

/** What a list leaves out. */
export interface DeliveryContent {
  readonly body: Buffer;
  /** The first one first; the newest 50 where there are more. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** The body and the attempts of a delivery that was read. Throws `FORBIDDEN`. */
export async function readDeliveryContent(
  { pool }: ReadContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<DeliveryContent> {
  mustBeAllowed(caller, 'task.read');
  const [[body = Buffer.alloc(0)], [attempts = []]] = await Promise.all([
    readBodies(pool, [id]),
    triesOf(pool, [id]),
  ]);
  return { body, attempts };
}

/** Which of the tasks that deliveries name exist: the id is given before the task is created. Throws `FORBIDDEN`. */
export async function existingTaskIds(
  { pool }: ReadContext,
  caller: Caller,
  deliveries: readonly DeliveryHead[],
): Promise<ReadonlySet<string>> {
  mustBeAllowed(caller, 'task.read');
  const ids = [...new Set(deliveries.map(({ taskId }) => taskId))];
  const tasks = ids.length > 0 ? await readTasks(pool, ids) : [];
  return new Set(tasks.flatMap((task) => (task ? [task.id] : [])));
}
