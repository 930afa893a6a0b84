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
 * Decides a delivery that is stored as `received`, by the current trigger: creates its task, or stores the reason why
 * not. A second call, after a crash or a concurrent one, creates no second task and changes no decision. Returns the
 * delivery as stored. Throws `UNAVAILABLE`, and leaves it for a later run, or an unexpected error.
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

/** For a delivery with an unexpected error, which is not retried for ever. If its task exists, it is accepted. */
export async function failDelivery(
  context: TriggerContext,
  delivery: RecordedDelivery,
): Promise<RecordedDelivery> {
  const made = await readTask(context.pool, delivery.taskId);
  const decision = made ? ACCEPTED : failed('internal error; see the log');
  return decideIncoming(context.pool, delivery.id, decision);
}

async function decide(
  context: TriggerContext,
  trigger: WebhookTrigger,
  delivery: RecordedDelivery,
): Promise<Decision> {
  // A person who redelivers or fires a sample wants the task, also while the trigger is paused.
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

/** The scope of conditions and templates: only what is also stored. */
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

/** The same refusal with the name of the template. */
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
