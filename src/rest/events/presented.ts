import type { TaskEvent } from '../../domain/events.ts';
import { eventAsJson } from '../../tasks/as-json.ts';
import type { EventJson } from './schema.ts';

export function presentEvent(event: TaskEvent): EventJson {
  return {
    ...eventAsJson(event),
    cursor: event.position.toString(),
    source: event.source,
    agent: event.agent,
  };
}
