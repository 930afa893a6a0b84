import { Refusal } from '../../core/errors.ts';
import { type Caller, may } from '../../domain/permissions.ts';
import { readSchedule, type Schedule } from '../../domain/schedule.ts';
import type { CronTrigger, Occurrence, Trigger } from '../../domain/trigger.ts';
import type { TriggerJson } from './schema.ts';

/** The number of due moments that are shown with a trigger. */
const FEW = 5;

/** A URL can contain a secret in its path or query: only a caller who may change it sees all of it. */
export function shownUrl(url: string, isWhole: boolean): string {
  if (isWhole) return url;
  return URL.canParse(url) ? `${new URL(url).origin}/…` : '…';
}

/** Undefined if the stored schedule is no longer valid, such as in a removed time zone, so that one does not fail a whole page. */
function scheduleOf({ cron, timezone }: CronTrigger): Schedule | undefined {
  try {
    return readSchedule(cron, timezone);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const NEVER = new Date(8.64e15);

/** A trigger as REST shows it, without its secrets. */
export function presentTrigger(caller: Caller, trigger: Trigger): TriggerJson {
  const base = {
    id: trigger.id,
    name: trigger.name,
    origin: trigger.origin,
    agent: trigger.agent,
    title: trigger.title,
    description: trigger.description,
    priority: trigger.priority,
    created_by: trigger.createdBy,
    created_at: trigger.createdAt.toISOString(),
    updated_at: trigger.updatedAt.toISOString(),
    paused_at: trigger.pausedAt?.toISOString() ?? null,
    paused_by: trigger.pausedBy,
    pause_reason: trigger.pauseReason,
  };
  if (trigger.kind === 'webhook') {
    return {
      ...base,
      kind: 'webhook',
      path: trigger.path,
      url_path: `/webhooks/${trigger.path}`,
      verify: trigger.verify,
      verify_header: trigger.verifyHeader,
      secret_count: trigger.secrets.length,
      when: trigger.when,
      dedupe_seconds: trigger.dedupeSeconds,
    };
  }
  const schedule = scheduleOf(trigger);
  const occurrences = schedule?.between(new Date(), NEVER, FEW) ?? [];
  const isWhole = may(caller.role, 'trigger.manage');
  return {
    ...base,
    kind: 'cron',
    cron: trigger.cron,
    timezone: trigger.timezone,
    words: schedule?.words ?? trigger.cron,
    overlap: trigger.overlap,
    misfire: trigger.misfire,
    misfire_window_seconds: trigger.misfireWindowSeconds,
    check_url: trigger.checkUrl === null ? null : shownUrl(trigger.checkUrl, isWhole),
    next_due_at: trigger.nextDueAt?.toISOString() ?? null,
    next_occurrences: occurrences.map((moment) => moment.toISOString()),
  };
}

export function presentOccurrence(occurrence: Occurrence) {
  return {
    id: occurrence.id,
    trigger_id: occurrence.triggerId,
    due_at: occurrence.dueAt.toISOString(),
    kind: occurrence.kind,
    fired_by: occurrence.firedBy,
    task_id: occurrence.outcome === 'fired' ? occurrence.taskId : null,
    outcome: occurrence.outcome,
    reason: occurrence.reason,
    created_at: occurrence.createdAt.toISOString(),
    decided_at: occurrence.decidedAt?.toISOString() ?? null,
  };
}
