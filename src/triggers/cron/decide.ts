import { isTemporary } from '../../core/database-away.ts';
import { messageOf, Refusal } from '../../core/errors.ts';
import type { CheckState, Occurrence, OccurrenceOutcome } from '../../domain/trigger.ts';
import { zonedIso } from '../../domain/zoned.ts';
import { readTask } from '../../store/tasks/read.ts';
import {
  type ClaimedOccurrence,
  closeOccurrence,
  commitToFire,
  releaseOccurrence,
} from '../../store/triggers/occurrences-decide.ts';
import { unknownAgent } from '../../tasks/commands/create.ts';
import { makeTask, type TriggeredTask } from '../make-task.ts';
import { askCheck } from './check.ts';
import type { CronContext } from './context.ts';

const MAX_REASON_CHARACTERS = 1_000;

interface Verdict {
  readonly outcome: OccurrenceOutcome;
  readonly reason: string | null;
}

/**
 * Decides a claimed occurrence and returns it, or undefined if the claim was lost and another process decides. After a
 * crash at any line another process repeats the decision, with the same task. Throws and gives the claim back if the
 * database cannot be reached or `stop` fires: then nothing is decided.
 */
export async function decideOccurrence(
  context: CronContext,
  claimed: ClaimedOccurrence,
  stop: AbortSignal,
): Promise<Occurrence | undefined> {
  try {
    const verdict = await verdictOf(context, claimed, stop);
    if (verdict === 'claim lost') return undefined;
    return await closeOccurrence(context.pool, claimed, verdict.outcome, verdict.reason);
  } catch (error) {
    // Given back at once if possible; otherwise the claim expires.
    await releaseOccurrence(context.pool, claimed).catch(() => undefined);
    throw error;
  }
}

async function verdictOf(
  context: CronContext,
  claimed: ClaimedOccurrence,
  stop: AbortSignal,
): Promise<Verdict | 'claim lost'> {
  const { occurrence, trigger } = claimed;
  // An earlier process decided to fire and crashed: only the task is still to be created.
  const isCommitted = occurrence.decidedAt !== null;
  let state: CheckState | null = null;
  if (!isCommitted) {
    const skipped = skippedFor(claimed);
    if (skipped !== undefined) return { outcome: 'skipped', reason: skipped };
    if (trigger.checkUrl !== null && occurrence.kind !== 'manual') {
      const check = await askCheck(context.check, trigger.checkUrl, trigger.checkState, stop);
      if (!check.goesOn) return { outcome: 'refused', reason: check.reason.slice(0, MAX_REASON_CHARACTERS) };
      state = check.state;
    }
  }
  try {
    const wanted = await taskOf(context, claimed);
    if (!isCommitted && !(await commitToFire(context.pool, claimed, state))) return 'claim lost';
    await makeTask(context, trigger, wanted);
  } catch (error) {
    return await failureOf(context, claimed, error);
  }
  return { outcome: 'fired', reason: null };
}

/** A firing by hand wants a task now: only the deletion of the trigger prevents it. */
function skippedFor({ occurrence, trigger, blockedBy }: ClaimedOccurrence): string | undefined {
  if (trigger.deletedAt !== null) return 'the trigger was deleted';
  if (occurrence.kind === 'manual') return undefined;
  if (trigger.pausedAt !== null) {
    return `the trigger is paused${trigger.pauseReason ? `: ${trigger.pauseReason}` : ''}`.slice(
      0,
      MAX_REASON_CHARACTERS,
    );
  }
  return blockedBy === null ? undefined : `overlap: ${blockedBy} is not final yet`;
}

/** Everything about the task that may fail, before the decision to create it is stored. */
async function taskOf(context: CronContext, claimed: ClaimedOccurrence): Promise<TriggeredTask> {
  const { occurrence, trigger, claimedAt } = claimed;
  const { tasks, render } = context;
  if (trigger.agent !== null && !tasks.knowsAgent(trigger.agent)) {
    throw unknownAgent(trigger.agent, tasks.agentNames());
  }
  const scope = {
    trigger: { id: trigger.id, name: trigger.name },
    scheduled_at: zonedIso(occurrence.dueAt, trigger.timezone),
    fired_at: zonedIso(claimedAt, trigger.timezone),
  };
  const rendered = async (field: string, source: string): Promise<string> => {
    try {
      return await render(source, scope, trigger.timezone);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(error.code, `${field}: ${error.message}`);
    }
  };
  const title = await rendered('title', trigger.title);
  if (title.trim() === '')
    throw new Refusal(
      'VALIDATION',
      'title: the template renders to an empty text; a title must have at least one character',
    );
  return {
    taskId: occurrence.taskId,
    title,
    description: trigger.description === null ? null : await rendered('description', trigger.description),
    reason: occurrence.id,
  };
}

/** A transient error is thrown, so that the decision is retried; any other error is the occurrence's outcome. */
async function failureOf(
  context: CronContext,
  { occurrence }: ClaimedOccurrence,
  error: unknown,
): Promise<Verdict> {
  if (isTemporary(error)) throw error;
  // The process that held the claim before may have created its task.
  if (await readTask(context.pool, occurrence.taskId)) return { outcome: 'fired', reason: null };
  if (!(error instanceof Refusal)) {
    context.log.error(
      { err: error, occurrenceId: occurrence.id },
      'occurrence failed with an unexpected error',
    );
  }
  const reason = error instanceof Refusal ? error.message : `unforeseen: ${messageOf(error)}`;
  return { outcome: 'failed', reason: reason.slice(0, MAX_REASON_CHARACTERS) };
}
