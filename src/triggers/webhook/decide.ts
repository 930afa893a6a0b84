import { OperationError, Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { type Decision, decideIncoming } from '../../store/deliveries/incoming.ts';
import type { RecordedDelivery } from '../../store/deliveries/incoming-row.ts';
import { readTask } from '../../store/tasks/read.ts';
import { readTriggers } from '../../store/triggers/triggers.ts';
import type { TriggerContext } from '../context.ts';
import { compileCondition } from '../expressions/condition.ts';
import { compileTemplate } from '../expressions/template.ts';
import { makeTask } from '../make-task.ts';
import { parseBody } from './parse-body.ts';

const ACCEPTED: Decision = { verdict: 'accepted', reason: null };

/**
 * Decides a delivery that is stored as `received`, by its trigger as it is now: makes its task, or stores why not.
 * A second call, after a crash or beside another, makes no second task and changes no decision.
 * Gives the delivery as it is stored then. Throws `UNAVAILABLE`, and leaves it for a later look, or what is a bug.
 */
export async function decideDelivery(
  context: TriggerContext,
  delivery: RecordedDelivery,
): Promise<RecordedDelivery> {
  const [trigger] = await readTriggers(context.pool, [delivery.triggerId]);
  const decision =
    trigger?.kind === 'webhook' && trigger.deletedAt === null
      ? await decide(context, trigger, delivery)
      : filtered('the trigger was deleted');
  return decideIncoming(context.pool, delivery.id, decision);
}

/** For one that failed unexpectedly: it is not tried for ever. A task that was made counts as made. */
export async function failDelivery(
  context: TriggerContext,
  delivery: RecordedDelivery,
): Promise<RecordedDelivery> {
  const made = await readTask(context.pool, delivery.taskId);
  const decision = made ? ACCEPTED : failed('an internal error; the log has it');
  return decideIncoming(context.pool, delivery.id, decision);
}

async function decide(
  context: TriggerContext,
  trigger: WebhookTrigger,
  delivery: RecordedDelivery,
): Promise<Decision> {
  // A person who redelivers or tries a sample wants the task, also while the trigger is paused for its senders.
  if (trigger.pausedAt !== null && delivery.redeliveredBy === null) {
    return filtered(`the trigger is paused${trigger.pauseReason ? `: ${trigger.pauseReason}` : ''}`);
  }
  const parsed = parseBody(delivery.headers, delivery.body);
  if (!parsed.ok) return failed(parsed.reason);
  const handshake = schemeOf(trigger.verify).handshake?.(delivery.headers, parsed.body);
  if (handshake) return filtered(handshake.reason);
  const scope = scopeOf(trigger, delivery, parsed.body);
  try {
    const met = trigger.when === null ? undefined : compileCondition(trigger.when).decide(scope);
    if (met && !met.holds) return filtered(met.reason);
    const [title, description] = await Promise.all([
      named('title', () => compileTemplate(trigger.title).render(scope)),
      named('description', async () =>
        trigger.description === null ? null : compileTemplate(trigger.description).render(scope),
      ),
    ]);
    await makeTask(context, trigger, {
      taskId: delivery.taskId,
      title,
      description,
      reason: reasonOf(delivery),
    });
    return ACCEPTED;
  } catch (error) {
    if (error instanceof OperationError || !(error instanceof Refusal)) throw error;
    return failed(error.message);
  }
}

/** What conditions and templates see: nothing that is redacted in storage. */
function scopeOf(
  trigger: WebhookTrigger,
  delivery: RecordedDelivery,
  body: unknown,
): Record<string, unknown> {
  return {
    body,
    headers: delivery.headers,
    query: delivery.query,
    trigger: { id: trigger.id, name: trigger.name },
    delivery: { id: delivery.id },
  };
}

function reasonOf({ id, redeliveryOf, redeliveredBy }: RecordedDelivery): string {
  if (redeliveredBy === null) return `delivery ${id}`;
  const what = redeliveryOf === null ? `delivery ${id}, a test` : `delivery ${id}, ${redeliveryOf} again`;
  return `${what}, by ${redeliveredBy.name}`.slice(0, LIMITS.reasonCharacters);
}

/** The same refusal, saying which template it is about. */
async function named<T>(field: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, error.message.replace(/^input/, field), error.details);
  }
}

function filtered(reason: string): Decision {
  return { verdict: 'filtered', reason };
}

function failed(reason: string): Decision {
  return { verdict: 'failed', reason };
}
