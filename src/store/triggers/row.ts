import { z } from 'zod';
import { type Actor, actorSchema } from '../../domain/actor.ts';
import { VERIFY_SCHEMES } from '../../domain/signatures/schemes.ts';
import {
  type CronTrigger,
  MISFIRES,
  OVERLAPS,
  TRIGGER_ORIGINS,
  type Trigger,
  type TriggerBase,
  type WebhookTrigger,
} from '../../domain/trigger.ts';

/** The columns of a trigger, from a row named `t`. */
export const TRIGGER_COLUMNS = `t.id, t.kind, t.name, t.origin, t.agent, t.title, t.description, t.priority, t.created_by,
  t.acts_for, t.created_at, t.updated_at, t.paused_at, t.paused_by, t.pause_reason, t.deleted_at,
  t.cron, t.timezone, t.overlap, t.misfire, t.misfire_window_seconds, t.check_url, t.check_state, t.scanned_until,
  t.next_due_at, t.path, t.verify, t.verify_header, t.secrets, t."when", t.dedupe_seconds`;

/** A row as `pg` returns it; nullable and free-text columns are validated by the schema of its kind. */
export interface TriggerRow {
  id: string;
  kind: 'cron' | 'webhook';
  name: string;
  origin: string;
  agent: string | null;
  title: string;
  description: string | null;
  priority: number;
  created_by: unknown;
  acts_for: string | null;
  created_at: Date;
  updated_at: Date;
  paused_at: Date | null;
  paused_by: unknown;
  pause_reason: string | null;
  deleted_at: Date | null;
}

const anyRow = z.object({
  origin: z.enum(TRIGGER_ORIGINS),
  created_by: actorSchema,
  paused_by: actorSchema.nullable(),
});

const cronRow = z.object({
  cron: z.string(),
  timezone: z.string(),
  overlap: z.enum(OVERLAPS),
  misfire: z.enum(MISFIRES),
  misfire_window_seconds: z.number(),
  check_url: z.string().nullable(),
  check_state: z.object({ etag: z.string().nullable(), lastModified: z.string().nullable() }).nullable(),
  scanned_until: z.date(),
  next_due_at: z.date().nullable(),
});

const webhookRow = z.object({
  path: z.string(),
  verify: z.enum(VERIFY_SCHEMES),
  verify_header: z.string().nullable(),
  secrets: z.array(z.string()).nullable(),
  when: z.string().nullable(),
  dedupe_seconds: z.number(),
});

/** Throws for a row that Errand cannot have written. */
export function toTrigger(row: TriggerRow): Trigger {
  const base = toBase(row);
  return row.kind === 'cron' ? toCron(base, row) : toWebhook(base, row);
}

function toBase(row: TriggerRow): TriggerBase {
  const read = anyRow.parse(row);
  return {
    id: row.id,
    name: row.name,
    origin: read.origin,
    agent: row.agent,
    title: row.title,
    description: row.description,
    priority: row.priority,
    createdBy: read.created_by satisfies Actor,
    actsFor: row.acts_for,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    pausedAt: row.paused_at,
    pausedBy: read.paused_by,
    pauseReason: row.pause_reason,
    deletedAt: row.deleted_at,
  };
}

function toCron(base: TriggerBase, row: TriggerRow): CronTrigger {
  const read = cronRow.parse(row);
  return {
    ...base,
    kind: 'cron',
    cron: read.cron,
    timezone: read.timezone,
    overlap: read.overlap,
    misfire: read.misfire,
    misfireWindowSeconds: read.misfire_window_seconds,
    checkUrl: read.check_url,
    checkState: read.check_state,
    scannedUntil: read.scanned_until,
    nextDueAt: read.next_due_at,
  };
}

function toWebhook(base: TriggerBase, row: TriggerRow): WebhookTrigger {
  const read = webhookRow.parse(row);
  return {
    ...base,
    kind: 'webhook',
    path: read.path,
    verify: read.verify,
    verifyHeader: read.verify_header,
    secrets: read.secrets ?? [],
    when: read.when,
    dedupeSeconds: read.dedupe_seconds,
  };
}
