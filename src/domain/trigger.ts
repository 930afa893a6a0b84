import type { Actor } from './actor.ts';
import type { VerifyScheme } from './signatures/schemes.ts';

export const TRIGGER_KINDS = ['cron', 'webhook'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** Where a trigger is kept: one from `agents.yaml` is changed only there, and otherwise only paused and fired. */
export const TRIGGER_ORIGINS = ['file', 'api'] as const;
export type TriggerOrigin = (typeof TRIGGER_ORIGINS)[number];

/** What happens at a due moment while a task of the one before is not final: no task, a later one, or one beside it. */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What is made up after an outage: nothing, the last of the missed moments, or each of them; within the window. */
export const MISFIRES = ['skip', 'once', 'all'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** What every trigger has. */
export interface TriggerBase {
  readonly id: string;
  /** Unique among those that are not deleted. */
  readonly name: string;
  readonly origin: TriggerOrigin;
  /** The agent of its tasks; null: they are tracked. */
  readonly agent: string | null;
  /** Liquid templates of its tasks. */
  readonly title: string;
  readonly description: string | null;
  readonly priority: number;
  readonly createdBy: Actor;
  /** The API key whose rights the runs of its tasks use; null: from the file, the system. */
  readonly actsFor: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly pausedAt: Date | null;
  readonly pausedBy: Actor | null;
  readonly pauseReason: string | null;
  readonly deletedAt: Date | null;
}

/** What the check's last answer gave to ask with next time. */
export interface CheckState {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface CronTrigger extends TriggerBase {
  readonly kind: 'cron';
  /** Five fields with the usual names, or a macro such as `@daily`. */
  readonly cron: string;
  /** IANA, such as `Europe/Berlin`. */
  readonly timezone: string;
  readonly overlap: Overlap;
  readonly misfire: Misfire;
  readonly misfireWindowSeconds: number;
  /** Asked before a task is made; null: nothing is asked. */
  readonly checkUrl: string | null;
  readonly checkState: CheckState | null;
  /** Every due moment up to here has its occurrence. */
  readonly scannedUntil: Date;
  /** Null when it never comes again. */
  readonly nextDueAt: Date | null;
}

export interface WebhookTrigger extends TriggerBase {
  readonly kind: 'webhook';
  /** `POST /webhooks/<path>`; unique among those that are not deleted. */
  readonly path: string;
  readonly verify: VerifyScheme;
  /** For a scheme with a header of the trigger's choice; null for the others. */
  readonly verifyHeader: string | null;
  /** Any of them is taken; two while one replaces the other. Never shown, never logged. */
  readonly secrets: readonly string[];
  /** A CEL condition over the delivery; null: every one makes a task. */
  readonly when: string | null;
  /** For senders that give no id: the same body within so many seconds is a repetition; 0: never. */
  readonly dedupeSeconds: number;
}

export type Trigger = CronTrigger | WebhookTrigger;

export const OCCURRENCE_KINDS = ['schedule', 'misfire', 'manual'] as const;
export type OccurrenceKind = (typeof OCCURRENCE_KINDS)[number];

export const OCCURRENCE_OUTCOMES = ['fired', 'skipped', 'refused', 'failed'] as const;
export type OccurrenceOutcome = (typeof OCCURRENCE_OUTCOMES)[number];

/** One due moment of a cron trigger, and what came of it. */
export interface Occurrence {
  readonly id: string;
  readonly triggerId: string;
  readonly dueAt: Date;
  readonly kind: OccurrenceKind;
  readonly firedBy: Actor | null;
  /** The id its task has, or would have: there is one only when the outcome is `fired`. */
  readonly taskId: string;
  /** Null while it waits: for another task to end, or to be decided just now. */
  readonly outcome: OccurrenceOutcome | null;
  /** In words: `overlap: task_… is not final yet`, `misfire`, `check: 304 …`. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
}

/** On record as the maker of a trigger's tasks. */
export function triggerActor(trigger: Pick<TriggerBase, 'id' | 'name'>): Actor {
  return { kind: 'system', id: trigger.id, name: trigger.name };
}
