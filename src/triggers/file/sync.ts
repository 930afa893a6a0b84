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

/** Stored as the creator of triggers from the file. */
const AGENTS_FILE: Actor = { kind: 'system', id: 'agents.yaml', name: 'agents.yaml' };

export interface FileSync {
  /** The ids of triggers that were created, changed or deleted. */
  readonly changed: readonly string[];
  /** The triggers that could not be applied, with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Makes the table equal to the file, under a lock: of several processes that start together, the first does it and the
 * others find it done. Unchanged triggers are not written, so history, pauses and schedules stay. After a change of
 * expression or zone, due times are counted from now. A trigger that is no longer in the file is deleted. A trigger
 * whose name or path is used by a trigger of the API is left out. On a database error it throws and changes nothing.
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
  // A trigger that is left out keeps its row and path, which may conflict with the next one.
  for (let before = -1; before !== possible.length; ) {
    before = possible.length;
    const staying = leftOut.flatMap(({ name }) => own.get(name) ?? []).filter(isSaidOfItsKind);
    possible = possible.filter((trigger) => {
      const reason = pathHeldBy(staying, trigger);
      if (reason !== undefined) leftOut.push({ name: trigger.name, reason });
      return reason === undefined;
    });
  }

  // Deletions come first, so that their names and paths are free.
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
      leftOut.push({
        name: trigger.name,
        reason: `the maximum of ${LIMITS.liveTriggers} triggers is reached; delete one first`,
      });
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
    if (other.name === trigger.name)
      return `its name is used by the trigger ${other.id}, which was created through the API`;
    if (other.kind === 'webhook' && trigger.kind === 'webhook' && other.path === trigger.path) {
      return `its path ${trigger.path} is used by the trigger "${other.name}" (${other.id}), which was created through the API`;
    }
  }
  return undefined;
}

function pathHeldBy(staying: readonly Trigger[], trigger: FileTrigger): string | undefined {
  if (trigger.kind !== 'webhook') return undefined;
  const holder = staying.find((other) => other.kind === 'webhook' && other.path === trigger.path);
  return (
    holder && `its path is still used by the trigger "${holder.name}" of the file, which could not be changed`
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

/** The fields that differ between the file and the row. */
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
