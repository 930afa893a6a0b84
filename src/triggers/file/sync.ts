import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { newId } from '../../core/ids.ts';
import type { Actor } from '../../domain/actor.ts';
import { LIMITS } from '../../domain/limits.ts';
import { readSchedule } from '../../domain/schedule.ts';
import type { CronTrigger, Trigger, WebhookTrigger } from '../../domain/trigger.ts';
import {
  countLiveTriggers,
  insertTriggerRow,
  lockFileTriggers,
  releasePaths,
  type TriggerChange,
  updateTriggerRow,
  withTriggersLocked,
} from '../../store/triggers/write.ts';
import type { TriggerContext } from '../context.ts';
import { warnIfOpen } from '../signatures/secrets.ts';

type Defined<Kind extends Trigger> = Pick<
  Kind,
  Exclude<
    keyof Kind,
    | 'id'
    | 'origin'
    | 'createdBy'
    | 'actsFor'
    | 'createdAt'
    | 'updatedAt'
    | 'pausedAt'
    | 'pausedBy'
    | 'pauseReason'
    | 'deletedAt'
    | 'checkState'
    | 'scannedUntil'
    | 'nextDueAt'
  >
>;

/** A trigger as `agents.yaml` defines it. */
export type FileTrigger = Defined<CronTrigger> | Defined<WebhookTrigger>;

/** Stored as the creator of what the file defines. */
const AGENTS_FILE: Actor = { kind: 'system', id: 'agents.yaml', name: 'agents.yaml' };

export interface FileSync {
  /** The ids of those that were made, changed or deleted. */
  readonly changed: readonly string[];
  /** The names of those that could not be taken up, each with why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Makes the table equal to the file, under a lock, so that instances that start at once do it one after the other
 * and the second finds it done. What is the same is not touched: history, pauses and schedules go on. Under another
 * cron or zone a trigger counts from now; one that is no longer in the file is deleted; one whose name or path a
 * trigger of the API's has is left out. Throws what the database does, and then nothing was changed.
 */
export async function syncFileTriggers(
  context: TriggerContext,
  wanted: readonly FileTrigger[],
): Promise<FileSync> {
  const done = await withTriggersLocked(context.pool, (connection, now) =>
    takeUp(connection, now, wanted, context),
  );
  if (done.changed.length > 0) context.pubsub.publish('triggers', { triggerIds: [...done.changed] });
  return done;
}

async function takeUp(
  connection: pg.PoolClient,
  now: Date,
  wanted: readonly FileTrigger[],
  { log }: TriggerContext,
): Promise<FileSync> {
  const live = await lockFileTriggers(
    connection,
    wanted.map(({ name }) => name),
    wanted.flatMap((trigger) => (trigger.kind === 'webhook' ? [trigger.path] : [])),
  );
  const own = new Map(
    live.flatMap((trigger) => (trigger.origin === 'file' ? [[trigger.name, trigger]] : [])),
  );
  const others = live.filter(({ origin }) => origin === 'api');
  const changed: string[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  const kindOf = new Map(wanted.map(({ name, kind }) => [name, kind]));
  const isSaidOfItsKind = ({ name, kind }: Trigger): boolean => kindOf.get(name) === kind;
  let possible = wanted.filter((trigger) => {
    const reason = conflictWith(others, trigger);
    if (reason !== undefined) leftOut.push({ name: trigger.name, reason });
    return reason === undefined;
  });
  // One that is left out keeps its row and with it its path, which may be in the way of the next.
  for (let before = -1; before !== possible.length; ) {
    before = possible.length;
    const staying = leftOut.flatMap(({ name }) => own.get(name) ?? []).filter(isSaidOfItsKind);
    possible = possible.filter((trigger) => {
      const reason = pathHeldBy(staying, trigger);
      if (reason !== undefined) leftOut.push({ name: trigger.name, reason });
      return reason === undefined;
    });
  }

  // First what goes, so that its names and paths are free for what comes.
  for (const trigger of own.values()) {
    if (isSaidOfItsKind(trigger)) continue;
    await updateTriggerRow(connection, trigger, {
      deletedAt: now,
      ...(trigger.kind === 'webhook' && { secrets: [] }),
    });
    own.delete(trigger.name);
    changed.push(trigger.id);
  }
  const changes = possible.flatMap((trigger) => {
    const before = own.get(trigger.name);
    const change = before && changeTo(before, trigger, now);
    return change && Object.keys(change).length > 0 ? [{ before, change }] : [];
  });
  await releasePaths(
    connection,
    changes.flatMap(({ before, change }) => (change.path === undefined ? [] : [before.id])),
  );
  for (const { before, change } of changes) {
    const after = await updateTriggerRow(connection, before, change);
    changed.push(after.id);
    if (change.verify !== undefined && after.kind === 'webhook') warnIfOpen(log, after);
  }
  let room = LIMITS.liveTriggers - (await countLiveTriggers(connection));
  for (const trigger of possible) {
    if (own.has(trigger.name)) continue;
    if (room <= 0) {
      leftOut.push({ name: trigger.name, reason: `there are ${LIMITS.liveTriggers} triggers at most` });
      continue;
    }
    room -= 1;
    const made = await insertTriggerRow(connection, newTrigger(trigger, now));
    changed.push(made.id);
    if (made.kind === 'webhook') warnIfOpen(log, made);
  }
  return { changed, leftOut };
}

function conflictWith(others: readonly Trigger[], trigger: FileTrigger): string | undefined {
  for (const other of others) {
    if (other.name === trigger.name) return `the trigger ${other.id}, made through the API, has this name`;
    if (other.kind === 'webhook' && trigger.kind === 'webhook' && other.path === trigger.path) {
      return `the trigger "${other.name}" (${other.id}), made through the API, has the path ${trigger.path}`;
    }
  }
  return undefined;
}

function pathHeldBy(staying: readonly Trigger[], trigger: FileTrigger): string | undefined {
  if (trigger.kind !== 'webhook') return undefined;
  const holder = staying.find((other) => other.kind === 'webhook' && other.path === trigger.path);
  return (
    holder && `the trigger "${holder.name}" of the file, which could not be changed, still has this path`
  );
}

function newTrigger(trigger: FileTrigger, now: Date) {
  const made = { id: newId('trigger'), origin: 'file', createdBy: AGENTS_FILE, actsFor: null } as const;
  if (trigger.kind === 'webhook') return { ...trigger, ...made };
  return { ...trigger, ...made, ...countingFrom(now, trigger) };
}

function countingFrom(now: Date, { cron, timezone }: Pick<CronTrigger, 'cron' | 'timezone'>) {
  return { scannedUntil: now, nextDueAt: readSchedule(cron, timezone).next(now) ?? null };
}

/** What differs; nothing when the file and the row are the same. */
function changeTo(before: Trigger, wanted: FileTrigger, now: Date): TriggerChange {
  const current = new Map<string, unknown>(Object.entries(before));
  const change: TriggerChange = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => !isDeepStrictEqual(current.get(key), value)),
  );
  const isRescheduled = change.cron !== undefined || change.timezone !== undefined;
  return {
    ...change,
    ...(isRescheduled && wanted.kind === 'cron' && countingFrom(now, wanted)),
    ...(change.checkUrl !== undefined && { checkState: null }),
  };
}
