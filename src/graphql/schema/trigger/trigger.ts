import { LIMITS } from '../../../domain/limits.ts';
import type { CronTrigger, Trigger, WebhookTrigger } from '../../../domain/trigger.ts';
import { builder } from '../../builder.ts';
import { nestedNewestPage, nestedPage } from '../../keyset.ts';
import { pageMultiplier, toNewestConnection } from '../../pages.ts';
import { shownUrl } from '../../shown-url.ts';
import { ActorRef } from '../actor.ts';
import { AgentRef, shownAgent } from '../agent.ts';
import { TaskRef } from '../task/task.ts';
import { MisfireEnum, OverlapEnum, TriggerKindEnum, TriggerOriginEnum, VerifySchemeEnum } from './enums.ts';
import { keptSchedule, MOMENTS, momentsCost, nextMoments } from './moments.ts';

export const TriggerRef = builder.prismaInterface('Trigger', {
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
      select: (args, _context, nestedSelection) => ({
        tasks: nestedPage(nestedSelection, nestedNewestPage(args, 'createdAt'), 'Task'),
      }),
      resolve: ({ tasks }, args) => toNewestConnection(tasks, args, (task) => task.createdAt),
    }),
  }),
});

/** The row as the domain knows its kind. */
function cronOf(trigger: Trigger): CronTrigger {
  if (trigger.kind !== 'cron') throw new Error(`trigger ${trigger.id} is no cron trigger`);
  return trigger;
}

function webhookOf(trigger: Trigger): WebhookTrigger {
  if (trigger.kind !== 'webhook') throw new Error(`trigger ${trigger.id} is no webhook trigger`);
  return trigger;
}

export const CronTriggerRef = builder.prismaNode('Trigger', {
  variant: 'CronTrigger',
  description: 'A schedule that makes a task at each due moment, exactly one on any number of instances.',
  interfaces: [TriggerRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    cron: t.string({
      resolve: (trigger) => cronOf(trigger).cron,
      description: 'The expression: five fields, or a macro such as `@daily`.',
    }),
    timezone: t.string({
      resolve: (trigger) => cronOf(trigger).timezone,
      description: 'The IANA time zone it is read in.',
    }),
    words: t.string({
      description:
        'The expression in words, such as `At 02:00, Monday through Friday`; as it is where it can no longer be read.',
      resolve: (trigger) => keptSchedule(cronOf(trigger))?.words ?? cronOf(trigger).cron,
    }),
    overlap: t.field({
      resolve: (trigger) => cronOf(trigger).overlap,
      type: OverlapEnum,
      description: 'What happens while a task of the moment before is not final.',
    }),
    misfire: t.field({
      resolve: (trigger) => cronOf(trigger).misfire,
      type: MisfireEnum,
      description: 'What is made up for missed moments.',
    }),
    misfireWindowSeconds: t.int({
      resolve: (trigger) => cronOf(trigger).misfireWindowSeconds,
      description: 'How far back missed moments are made up, in seconds.',
    }),
    checkUrl: t.string({
      nullable: true,
      description:
        'Asked before a task is made, so that none is when nothing changed; null: nothing is asked. Whole only for those who may change triggers.',
      resolve: (trigger, _args, { caller }) => {
        const { checkUrl } = cronOf(trigger);
        return checkUrl === null ? null : shownUrl(checkUrl, caller, 'trigger.manage');
      },
    }),
    nextDueAt: t.field({
      resolve: (trigger) => cronOf(trigger).nextDueAt,
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
      resolve: (trigger, { first }) => [...nextMoments(cronOf(trigger), first ?? MOMENTS)],
    }),
  }),
});

export const WebhookTriggerRef = builder.prismaNode('Trigger', {
  variant: 'WebhookTrigger',
  description:
    'A webhook that comes in: each call of its path that it takes makes a task. Its secrets are never shown.',
  interfaces: [TriggerRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    path: t.string({
      resolve: (trigger) => webhookOf(trigger).path,
      description: 'The last part of its address; no other webhook has it.',
    }),
    urlPath: t.string({
      description: 'Where it is called, `POST /webhooks/<path>`, below the address of this server.',
      resolve: (trigger) => `/webhooks/${webhookOf(trigger).path}`,
    }),
    verify: t.field({
      resolve: (trigger) => webhookOf(trigger).verify,
      type: VerifySchemeEnum,
      description: 'How a call proves where it comes from.',
    }),
    verifyHeader: t.string({
      resolve: (trigger) => webhookOf(trigger).verifyHeader,
      nullable: true,
      description: 'The header that HEADER reads the secret from; null for the other schemes.',
    }),
    hasSecret: t.boolean({
      description: 'Whether calls are verified with a secret.',
      resolve: (trigger) => webhookOf(trigger).secrets.length > 0,
    }),
    secretCount: t.int({
      description: 'How many secrets are taken: two while one replaces the other.',
      resolve: (trigger) => webhookOf(trigger).secrets.length,
    }),
    when: t.string({
      resolve: (trigger) => webhookOf(trigger).when,
      nullable: true,
      description: 'The CEL condition over the delivery; null: every delivery makes a task.',
    }),
    dedupeSeconds: t.int({
      resolve: (trigger) => webhookOf(trigger).dedupeSeconds,
      description:
        'For senders that give no id: the same body within so many seconds is a repetition; 0: never.',
    }),
  }),
});

builder.prismaObjectField(TaskRef, 'trigger', (t) =>
  t.relation('trigger', {
    type: TriggerRef,
    nullable: true,
    description: 'The cron schedule or webhook that made it; null for any other task.',
  }),
);
