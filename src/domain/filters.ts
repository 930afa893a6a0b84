import type { Delivery, DeliveryVerdict } from './delivery.ts';
import type { EventType, TaskEvent } from './events.ts';
import type { TaskSource } from './source.ts';
import type { TaskStatus } from './status.ts';
import type { TriggerKind } from './trigger.ts';

// The filters of lists, the same for every API: any value of a list matches, and all given fields must match.

export interface TaskFilter {
  readonly status?: readonly TaskStatus[];
  readonly source?: readonly TaskSource[];
  readonly agent?: readonly string[];
  /** Ids of the triggers that created it. */
  readonly trigger?: readonly string[];
  /** A part of the title or description, case-insensitive. */
  readonly text?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
}

export const TASK_ORDER_FIELDS = ['created_at', 'updated_at', 'priority'] as const;
export type TaskOrderField = (typeof TASK_ORDER_FIELDS)[number];

export interface TaskOrder {
  readonly field: TaskOrderField;
  readonly direction: 'asc' | 'desc';
}

export interface EventFilter {
  readonly taskId?: string;
  /** The status an event led to. */
  readonly status?: readonly TaskStatus[];
  readonly source?: readonly TaskSource[];
  readonly agent?: readonly string[];
  readonly type?: readonly EventType[];
}

/** Applies the filter to an event in memory, with the same result as the store's statement. */
export function matchesFilter(event: TaskEvent, filter: EventFilter): boolean {
  return (
    (filter.taskId === undefined || event.taskId === filter.taskId) &&
    (filter.status === undefined || (event.to !== null && filter.status.includes(event.to))) &&
    (filter.source === undefined || filter.source.includes(event.source)) &&
    (filter.agent === undefined || (event.agent !== null && filter.agent.includes(event.agent))) &&
    (filter.type === undefined || filter.type.includes(event.type))
  );
}

/** Deleted triggers are never listed. */
export interface TriggerFilter {
  readonly kind?: TriggerKind;
  readonly paused?: boolean;
  readonly agent?: readonly string[];
  /** A part of the name, the title or the description, case-insensitive. */
  readonly text?: string;
}

export interface DeliveryFilter {
  readonly direction?: Delivery['direction'];
  readonly triggerId?: string;
  readonly endpointId?: string;
  readonly taskId?: string;
  readonly verdict?: readonly DeliveryVerdict[];
}
