import { camelKeys } from '../../core/snake-case.ts';
import type { EventFilter } from '../../domain/filters.ts';
import { parseCursor } from '../../streams/log/cursor.ts';
import { listEvents } from '../../tasks/queries/events.ts';
import { readTask } from '../../tasks/queries/read.ts';
import { mustBeAllowed } from '../../tasks/rules.ts';
import { type AnyCall, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { EVENT_STREAM, eventStream } from './event-stream.ts';
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
  from: bigint,
): Promise<Reply> {
  const cursor: string | undefined = call.headers['last-event-id'] || call.query.cursor;
  const after = cursor === undefined ? from : await parseCursor(services.log, cursor);
  const body = eventStream({
    services,
    caller: call.caller,
    filter,
    after,
    signals: call.signals,
    requestId: call.requestId,
    instance: call.url.pathname,
  });
  return {
    status: 200,
    // A proxy that gathers would hold the events back.
    headers: { 'x-accel-buffering': 'no' },
    stream: { type: EVENT_STREAM, body },
  };
}

export function eventRoutes(services: RestServices): Endpoint[] {
  return [
    endpoint(contract.taskEvents, async (call) => {
      const { id } = await readTask(services, call.caller, call.params);
      const filter = { taskId: id };
      return call.accepted === EVENT_STREAM
        ? stream(services, call, filter, 0n)
        : page(services, call, filter);
    }),
    endpoint(contract.events, async (call) => {
      mustBeAllowed(call.caller, 'task.read');
      const { limit: _limit, cursor: _cursor, ...filters } = call.query;
      const filter: EventFilter = camelKeys(filters);
      return call.accepted === EVENT_STREAM
        ? stream(services, call, filter, services.log.settled())
        : page(services, call, filter);
    }),
  ];
}
