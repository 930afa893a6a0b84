import { z } from 'zod';
import type { Actor } from './actor.ts';
import type { TaskSource } from './source.ts';
import type { TaskStatus } from './status.ts';

/** The data of each event type, besides actor, time and statuses. */
const EVENT_DATA = {
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

/** An event to be written; the write path adds the task, the seq and the time. */
export type NewEvent = {
  [Type in EventType]: {
    readonly type: Type;
    /** Set for events that change the task's status; null for events of the run. */
    readonly from: TaskStatus | null;
    readonly to: TaskStatus | null;
    readonly actor: Actor;
    readonly reason: string | null;
    readonly runId: string | null;
    readonly data: EventData<Type>;
  };
}[EventType];

/** One entry of a task's history. */
export interface TaskEvent {
  /** Its place in the event log of all tasks; as decimal text it is the cursor. */
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
  /** The task's source, and its agent at the time of the event: streams are filtered by them. */
  readonly source: TaskSource;
  readonly agent: string | null;
  readonly at: Date;
}

/** The id of an event, made of the task's id and the seq, so that it needs no column and no index. */
export function eventId(event: Pick<TaskEvent, 'taskId' | 'seq'>): string {
  return `evt_${event.taskId.slice('task_'.length)}_${event.seq}`;
}

const EVENT_ID = /^evt_([0-9a-hjkmnp-tv-z]{26})_([1-9]\d{0,8})$/;

/** The inverse of `eventId`; undefined for any other text. */
export function parseEventId(id: string): { taskId: string; seq: number } | undefined {
  const match = EVENT_ID.exec(id);
  return match ? { taskId: `task_${match[1]}`, seq: Number(match[2]) } : undefined;
}
