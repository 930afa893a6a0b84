import { expect } from 'vitest';
import { createLog } from '../../src/core/log.ts';
import { NOTHING_ALLOWED } from '../../src/guarded-http/allow.ts';
import { createInProcessPubSub } from '../../src/pubsub/in-process.ts';
import type { CreateCronTriggerInput } from '../../src/triggers/commands/create-cron.ts';
import type { CreateWebhookTriggerInput } from '../../src/triggers/commands/create-webhook.ts';
import type { ManageContext } from '../../src/triggers/manage-context.ts';
import { type TestTasks, testTasks } from '../fixtures/tasks.ts';

export interface TestTriggers extends AsyncDisposable {
  readonly context: ManageContext;
  readonly url: string;
  /** Ids that were told of on the topic `triggers`, in order. */
  readonly told: string[];
  /** What was logged, as lines of JSON. */
  readonly lines: string[];
}

/** The use-cases of triggers on a database of their own, or on that of `beside`; the one agent known is `assistant`. */
export async function testTriggers(beside?: TestTriggers): Promise<TestTriggers> {
  const own: TestTasks | undefined = beside === undefined ? await testTasks() : undefined;
  const tasks = own?.tasks ?? beside?.context.tasks;
  if (!tasks) throw new Error('there is no database');
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  const pubsub = createInProcessPubSub(createLog('silent'));
  const told: string[] = [];
  pubsub.subscribe('triggers', ({ triggerIds }) => told.push(...triggerIds));
  return {
    context: { pool: tasks.pool, tasks, pubsub, outgoingAllow: NOTHING_ALLOWED, log },
    url: own?.url ?? beside?.url ?? '',
    told,
    lines,
    [Symbol.asyncDispose]: async () => {
      await pubsub[Symbol.asyncDispose]();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

export function cronInput(more: Partial<CreateCronTriggerInput> = {}): CreateCronTriggerInput {
  return { name: 'nightly', cron: '0 2 * * *', title: 'Nightly report', ...more };
}

export function webhookInput(more: Partial<CreateWebhookTriggerInput> = {}): CreateWebhookTriggerInput {
  return { name: 'github', path: 'github', verify: 'github', title: 'Review {{ body.title }}', ...more };
}

/** `path: message` of everything a use-case refused as `VALIDATION`; throws when it was not. */
export async function issuesOf(action: Promise<unknown>): Promise<string[]> {
  const error = (await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as
    | { code?: string; details?: { issues?: { path: (string | number)[]; message: string }[] } }
    | undefined;
  expect(error).toMatchObject({ code: 'VALIDATION' });
  return (error?.details?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

export async function liveCount({ context }: TestTriggers): Promise<number> {
  const { rows } = await context.pool.query(
    'select count(*)::int as n from triggers where deleted_at is null',
  );
  return rows[0].n as number;
}
