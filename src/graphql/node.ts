import { kindOfId } from '../core/ids.ts';
import { parseEventId } from '../domain/events.ts';
import type { GraphQLContext } from './context.ts';

/** An id and the name of its type. */
export interface NodePlace {
  readonly id: string;
  readonly typename: string;
}

const TYPE_OF_ID = {
  task: 'Task',
  run: 'Run',
  inputRequest: 'InputRequest',
  apiKey: 'ApiKey',
  event: 'TaskEvent',
  worker: undefined,
  // One of two types; `settledPlace` reads the row to find out which.
  trigger: 'CronTrigger',
  delivery: 'IncomingDelivery',
  occurrence: 'Occurrence',
  endpoint: 'WebhookEndpoint',
} as const;

/** A place where nothing is found, so that the result is null and not an error. */
const NOTHING: NodePlace = { typename: 'TaskEvent', id: '' };

/** The type of an id, by its prefix. Ids are not encoded: they are the same in all APIs. */
export function placeOfId(id: string): NodePlace {
  if (parseEventId(id)) return { typename: 'TaskEvent', id };
  const kind = kindOfId(id);
  const typename = kind && TYPE_OF_ID[kind];
  return typename ? { typename, id } : NOTHING;
}

/**
 * The place, for ids that do not give the type, or whether the object is still shown: a deleted trigger or endpoint is
 * null. Ids that are requested at the same time are read in one statement per table.
 */
export async function settledPlace({ reader }: GraphQLContext, place: NodePlace): Promise<NodePlace> {
  const { id } = place;
  switch (place.typename) {
    case 'CronTrigger': {
      const trigger = await reader.trigger.findUnique({
        where: { id },
        select: { kind: true, deletedAt: true },
      });
      if (!trigger || trigger.deletedAt !== null) return NOTHING;
      return { id, typename: trigger.kind === 'cron' ? 'CronTrigger' : 'WebhookTrigger' };
    }
    case 'IncomingDelivery': {
      const delivery = await reader.delivery.findUnique({ where: { id }, select: { direction: true } });
      if (!delivery) return NOTHING;
      return { id, typename: delivery.direction === 'in' ? 'IncomingDelivery' : 'OutgoingDelivery' };
    }
    case 'WebhookEndpoint': {
      const endpoint = await reader.webhookEndpoint.findUnique({
        where: { id },
        select: { deletedAt: true },
      });
      return endpoint?.deletedAt === null ? place : NOTHING;
    }
    default:
      return place;
  }
}
