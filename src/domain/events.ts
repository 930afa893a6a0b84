import { z } from 'zod';
import type { Actor } from './actor.ts';
import type { TaskSource } from './source.ts';
import type { TaskStatus } from './status.ts';

/** What each kind of event says besides who, when and from where to where. */
export const EVENT_DATA = {
  'task.created': z.object({ parentId: z.string().optional(), retryOf: z.string().optional() }).nullable(),
  /** Each field that changed, before and after. */
  'task.updated': z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })),
  'task.started': z.object({ run: z.number().int(), worker: z.string() }).nullable(),
  'task.input_requested': z.object({ inputRequestId: z.string(), question: z.string() }),
  'task.input_provided': z.object({ inputRequestId: z.string(), answer: z.unknown() }),
  'task.completed': z.null(),
  'task.failed': z.object({ code: z.string(), message: z.string() }),
  'task.cancelled': z.null(),
  'run.started': z.object({ run: z.number().int(), worker: z.string() }),
  'run.retry_scheduled': z.object({
    code: z.string(),
    message: z.string(),
    attempt: z.number().int(),
    retryAfterMs: z.number(),
  }),
  'run.lease_lost': z.object({ run: z.number().int(), worker: z.string(), lostLeases: z.number().int() }),
  'run.released': z.null(),
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof EVENT_DATA;
export const EVENT_TYPES = Object.keys(EVENT_DATA) as EventType[];
export type EventData<Type extends EventType> = z.infer<(typeof EVENT_DATA)[Type]>;

/** An event about to be written: the write path adds the task, the seq and the moment. */
export type NewEvent = {
  [Type in EventType]: {
    readonly type: Type;
    /** Set for events that move the task; null for the run's own. */
    readonly from: TaskStatus | null;
    readonly to: TaskStatus | null;
    readonly actor: Actor;
    readonly reason: string | null;
    readonly runId: string | null;
    readonly data: EventData<Type>;
  };
}[EventType];

/** One line of a task's history. */
export interface TaskEvent {
  /** Where it stands in the log of all tasks; its decimal text is the cursor. */
  readonly position: bigint;
  readonly taskId: string;
  readonly seq: number;
  readonly type: EventType;
  readonly from: TaskStatus | null;
  readonly to: TaskStatus | null;
  readonly actor: Actor;
  readonly runId: string | null;
  readonly reason: string | null;
  readonly data: unknown;
  /** The task's source, and its agent when this happened: what streams are filtered by. */
  readonly source: TaskSource;
  readonly agent: string | null;
  readonly at: Date;
}

/** An event's id: the task's own and the seq, so that it needs no index of its own. */
export function eventId(event: Pick<TaskEvent, 'taskId' | 'seq'>): string {
  return `evt_${event.taskId.slice('task_'.length)}_${event.seq}`;
}

const EVENT_ID = /^evt_([0-9a-hjkmnp-tv-z]{26})_([1-9]\d{0,8})$/;

/** What `eventId` made, taken apart again; undefined for anything else. */
export function parseEventId(id: string): { taskId: string; seq: number } | undefined {
  const match = EVENT_ID.exec(id);
  return match ? { taskId: `task_${match[1]}`, seq: Number(match[2]) } : undefined;
}
