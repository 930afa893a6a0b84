import { kindOfId } from '../core/ids.ts';
import { parseEventId } from '../domain/events.ts';
import type { GraphQLContext } from './context.ts';

/** What an id names, and the name of its type. */
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
  // One of two types: what is found says which, in `settledPlace`.
  trigger: 'CronTrigger',
  delivery: 'IncomingDelivery',
  occurrence: 'Occurrence',
  endpoint: 'WebhookEndpoint',
} as const;

/** Where nothing is found, so that the answer is null and no error. */
const NOTHING: NodePlace = { typename: 'TaskEvent', id: '' };

/** The type an id names, by its prefix: the same string is the id everywhere. */
export function placeOfId(id: string): NodePlace {
  if (parseEventId(id)) return { typename: 'TaskEvent', id };
  const kind = kindOfId(id);
  const typename = kind && TYPE_OF_ID[kind];
  return typename ? { typename, id } : NOTHING;
}

/**
 * The place, where the id alone does not say the type, or whether it is still shown: a trigger or an endpoint that is
 * deleted is null by its id. Those that come at once are one statement a table.
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
