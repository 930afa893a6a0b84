import { camelKeys } from '../../core/snake-case.ts';
import type { EventFilter } from '../../domain/filters.ts';
import { taskEventsSource } from '../../streams/sources/task-events.ts';
import { listEvents } from '../../tasks/queries/events.ts';
import { readTask } from '../../tasks/queries/read.ts';
import { type AnyCall, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { EVENT_STREAM, resumeFrom, streamReply } from './event-stream.ts';
import { presentEvent } from './presented.ts';

async function page(services: RestServices, call: AnyCall, filter: EventFilter): Promise<Reply> {
  const { limit, cursor } = call.query;
  const page = await listEvents(services, call.caller, {
    filter,
    page: pageRequest(limit, cursor),
    withOwnWrites: true,
  });
  return pageReply(call.url, page, page.items.map(presentEvent));
}

async function stream(
  services: RestServices,
  call: AnyCall,
  filter: EventFilter,
  from: string | null,
): Promise<Reply> {
  const after = resumeFrom(call) ?? from;
  const source = await taskEventsSource(services.log, call.caller, { after, filter });
  return streamReply(services, call, source, presentEvent);
}

export function eventRoutes(services: RestServices): Endpoint[] {
  return [
    endpoint(contract.taskEvents, async (call) => {
      const { id } = await readTask(services, call.caller, call.params);
      const filter = { taskId: id };
      return call.accepted === EVENT_STREAM
        ? stream(services, call, filter, '0')
        : page(services, call, filter);
    }),
    endpoint(contract.events, async (call) => {
      const { limit: _limit, cursor: _cursor, ...filters } = call.query;
      const filter: EventFilter = camelKeys(filters);
      return call.accepted === EVENT_STREAM
        ? stream(services, call, filter, null)
        : page(services, call, filter);
    }),
  ];
}
