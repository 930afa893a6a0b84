import type { Actor } from './actor.ts';
import type { VerifyScheme } from './signatures/schemes.ts';

export const TRIGGER_KINDS = ['cron', 'webhook'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** Where a trigger is defined: one from `agents.yaml` can only be changed there; the API only pauses and fires it. */
export const TRIGGER_ORIGINS = ['file', 'api'] as const;
export type TriggerOrigin = (typeof TRIGGER_ORIGINS)[number];

/** If the previous task is not final at a due time: create no task, create it later, or create it at once. */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What happens to due times missed during an outage, within the window: none, only the last, or all fire. */
export const MISFIRES = ['skip', 'once', 'all'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** The fields of every trigger. */
export interface TriggerBase {
  readonly id: string;
  /** Unique among those that are not deleted. */
  readonly name: string;
  readonly origin: TriggerOrigin;
  /** The agent of its tasks; null: they are tracked. */
  readonly agent: string | null;
  /** Liquid templates for its tasks. */
  readonly title: string;
  readonly description: string | null;
  readonly priority: number;
  readonly createdBy: Actor;
  /** The API key whose permissions the runs of its tasks have; null: the system, for a trigger from the file. */
  readonly actsFor: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly pausedBy: Actor | null;
  readonly pauseReason: string | null;
  readonly deletedAt: Date | null;
}

/** Validators from the last response of the check, sent with the next request. */
export interface CheckState {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface CronTrigger extends TriggerBase {
  readonly kind: 'cron';
  /** Five fields with the usual names, or a macro such as `@daily`. */
  readonly cron: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timezone: string;
  readonly overlap: Overlap;
  readonly misfire: Misfire;
  readonly misfireWindowSeconds: number;
  /** Requested before a task is created; null: no check. */
  readonly checkUrl: string | null;
  readonly checkState: CheckState | null;
  /** All due times up to here have an occurrence. */
  readonly scannedUntil: Date;
  /** Null if it is never due again. */
  readonly nextDueAt: Date | null;
}

export interface WebhookTrigger extends TriggerBase {
  readonly kind: 'webhook';
  /** `POST /webhooks/<path>`; unique among those that are not deleted. */
  readonly path: string;
  readonly verify: VerifyScheme;
  /** For a scheme with a header of the trigger's choice; null for the others. */
  readonly verifyHeader: string | null;
  /** A signature by any of them is accepted; there are two during a rotation. Never shown, never logged. */
  readonly secrets: readonly string[];
  /** A CEL condition on the delivery; null: every delivery creates a task. */
  readonly when: string | null;
  /** For senders without an id: the same body within this many seconds is a duplicate; 0: never. */
  readonly dedupeSeconds: number;
}

export type Trigger = CronTrigger | WebhookTrigger;

export const OCCURRENCE_KINDS = ['schedule', 'misfire', 'manual'] as const;
export type OccurrenceKind = (typeof OCCURRENCE_KINDS)[number];

export const OCCURRENCE_OUTCOMES = ['fired', 'skipped', 'refused', 'failed'] as const;
export type OccurrenceOutcome = (typeof OCCURRENCE_OUTCOMES)[number];

/** One due time of a cron trigger, and its outcome. */
export interface Occurrence {
  readonly id: string;
  readonly triggerId: string;
  readonly dueAt: Date;
  readonly kind: OccurrenceKind;
  readonly firedBy: Actor | null;
  /** Id of its task, assigned before it exists: the task exists if the outcome is `fired`. */
  readonly taskId: string;
  /** Null while it waits for another task to end, or is being decided. */
  readonly outcome: OccurrenceOutcome | null;
  /** As text: `overlap: task_… is not final yet`, `misfire`, `check: 304 …`. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
}

/** Recorded as the creator of a trigger's tasks. */
export function triggerActor(trigger: Pick<TriggerBase, 'id' | 'name'>): Actor {
  return { kind: 'system', id: trigger.id, name: trigger.name };
}
