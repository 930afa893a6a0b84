import { LIMITS } from '../../../domain/limits.ts';
import type { CronTrigger, Trigger, WebhookTrigger } from '../../../domain/trigger.ts';
import { builder } from '../../builder.ts';
import type { Loaders } from '../../loaders.ts';
import { pageMultiplier, parsePage, toNewestConnection } from '../../pages.ts';
import { shownUrl } from '../../shown-url.ts';
import { ActorRef } from '../actor.ts';
import { AgentRef, shownAgent } from '../agent.ts';
import { TaskRef } from '../task/task.ts';
import { MisfireEnum, OverlapEnum, TriggerKindEnum, TriggerOriginEnum, VerifySchemeEnum } from './enums.ts';
import { keptSchedule, MOMENTS, momentsCost, nextMoments } from './moments.ts';

export const TriggerRef = builder.interfaceRef<Trigger>('Trigger').implement({
  description: 'What makes tasks by itself: a cron schedule or a webhook.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: (trigger) => (trigger.kind === 'cron' ? 'CronTrigger' : 'WebhookTrigger'),
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `trg_…`.' }),
    kind: t.expose('kind', { type: TriggerKindEnum, description: 'What sets it off.' }),
    name: t.exposeString('name', { description: 'Its name; no other trigger has it.' }),
    origin: t.expose('origin', { type: TriggerOriginEnum, description: 'Where it is kept.' }),
    isEditable: t.boolean({
      description: 'Whether `updateTrigger` and `deleteTrigger` take it: false for one from agents.yaml.',
      resolve: ({ origin, deletedAt }) => origin === 'api' && deletedAt === null,
    }),
    agent: t.field({
      type: AgentRef,
      nullable: true,
      description: 'The agent that works on its tasks; null: they are tracked.',
      resolve: ({ agent }, _args, { services }) => (agent === null ? null : shownAgent(services, agent)),
    }),
    title: t.exposeString('title', { description: 'The Liquid template of the title of its tasks.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'The Liquid template of the description of its tasks.',
    }),
    priority: t.exposeInt('priority', { description: 'The priority of its tasks.' }),
    createdBy: t.expose('createdBy', {
      type: ActorRef,
      description: 'Who made it; its tasks act with their rights.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When anything about it was last changed.',
    }),
    pausedAt: t.expose('pausedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was paused; null while it is not.',
    }),
    pausedBy: t.expose('pausedBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who paused it; null while it is not.',
    }),
    pauseReason: t.exposeString('pauseReason', {
      nullable: true,
      description: 'Why it was paused; null while it is not, and where nothing was said.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; such a trigger is seen only from what it made.',
    }),
    tasks: t.connection({
      type: TaskRef,
      description: 'The tasks it made, the newest first.',
      complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
      resolve: async ({ id }, args, { loaders }) => {
        const request = parsePage(args);
        const page = await loaders.triggers.tasksOf(id, request);
        return toNewestConnection(page, request, (task) => task.createdAt);
      },
    }),
  }),
});

/** One of those that are not deleted, of either kind. */
export async function liveTrigger(loaders: Loaders, id: string): Promise<Trigger | null> {
  const trigger = await loaders.triggers.trigger.load(id);
  return trigger?.deletedAt === null ? trigger : null;
}

const isTrigger = (value: unknown, kind: Trigger['kind']): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === kind &&
  'pausedAt' in value;

export const CronTriggerRef = builder.objectRef<CronTrigger>('CronTrigger');

builder.node(CronTriggerRef, {
  description: 'A schedule that makes a task at each due moment, exactly one on any number of instances.',
  interfaces: [TriggerRef],
  id: { resolve: (trigger) => trigger.id },
  isTypeOf: (value) => isTrigger(value, 'cron'),
  // An id does not say of which kind its trigger is.
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => liveTrigger(loaders, id) as Promise<CronTrigger | null>),
  fields: (t) => ({
    cron: t.exposeString('cron', {
      description: 'The expression: five fields, or a macro such as `@daily`.',
    }),
    timezone: t.exposeString('timezone', { description: 'The IANA time zone it is read in.' }),
    words: t.string({
      description:
        'The expression in words, such as `At 02:00, Monday through Friday`; as it is where it can no longer be read.',
      resolve: (trigger) => keptSchedule(trigger)?.words ?? trigger.cron,
    }),
    overlap: t.expose('overlap', {
      type: OverlapEnum,
      description: 'What happens while a task of the moment before is not final.',
    }),
    misfire: t.expose('misfire', { type: MisfireEnum, description: 'What is made up for missed moments.' }),
    misfireWindowSeconds: t.exposeInt('misfireWindowSeconds', {
      description: 'How far back missed moments are made up, in seconds.',
    }),
    checkUrl: t.string({
      nullable: true,
      description:
        'Asked before a task is made, so that none is when nothing changed; null: nothing is asked. Whole only for those who may change triggers.',
      resolve: ({ checkUrl }, _args, { caller }) =>
        checkUrl === null ? null : shownUrl(checkUrl, caller, 'trigger.manage'),
    }),
    nextDueAt: t.expose('nextDueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The due moment that it waits for; null when there is none any more.',
    }),
    nextOccurrences: t.field({
      type: ['DateTime'],
      description:
        'The moments at which it is due from now on, by the arithmetic that fires it; the same while it is paused.',
      args: {
        first: t.arg.int({ defaultValue: MOMENTS, description: `How many; ${LIMITS.maxPageSize} at most.` }),
      },
      complexity: (args) => momentsCost(args.first),
      resolve: (trigger, { first }) => [...nextMoments(trigger, first ?? MOMENTS)],
    }),
  }),
});

export const WebhookTriggerRef = builder.objectRef<WebhookTrigger>('WebhookTrigger');

builder.node(WebhookTriggerRef, {
  description:
    'A webhook that comes in: each call of its path that it takes makes a task. Its secrets are never shown.',
  interfaces: [TriggerRef],
  id: { resolve: (trigger) => trigger.id },
  isTypeOf: (value) => isTrigger(value, 'webhook'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => liveTrigger(loaders, id) as Promise<WebhookTrigger | null>),
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The last part of its address; no other webhook has it.' }),
    urlPath: t.string({
      description: 'Where it is called, `POST /webhooks/<path>`, below the address of this server.',
      resolve: ({ path }) => `/webhooks/${path}`,
    }),
    verify: t.expose('verify', {
      type: VerifySchemeEnum,
      description: 'How a call proves where it comes from.',
    }),
    verifyHeader: t.exposeString('verifyHeader', {
      nullable: true,
      description: 'The header that HEADER reads the secret from; null for the other schemes.',
    }),
    hasSecret: t.boolean({
      description: 'Whether calls are verified with a secret.',
      resolve: ({ secrets }) => secrets.length > 0,
    }),
    secretCount: t.int({
      description: 'How many secrets are taken: two while one replaces the other.',
      resolve: ({ secrets }) => secrets.length,
    }),
    when: t.exposeString('when', {
      nullable: true,
      description: 'The CEL condition over the delivery; null: every delivery makes a task.',
    }),
    dedupeSeconds: t.exposeInt('dedupeSeconds', {
      description:
        'For senders that give no id: the same body within so many seconds is a repetition; 0: never.',
    }),
  }),
});

builder.objectField(TaskRef, 'trigger', (t) =>
  t.field({
    type: TriggerRef,
    nullable: true,
    description: 'The cron schedule or webhook that made it; null for any other task.',
    resolve: async ({ triggerId }, _args, { loaders }) =>
      triggerId === null ? null : ((await loaders.triggers.trigger.load(triggerId)) ?? null),
  }),
);
