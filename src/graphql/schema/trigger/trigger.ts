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
  description: 'A rule that creates tasks: a cron schedule or a webhook.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: (trigger) => (trigger.kind === 'cron' ? 'CronTrigger' : 'WebhookTrigger'),
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id: `trg_…`.' }),
    kind: t.expose('kind', { type: TriggerKindEnum, description: 'The kind of trigger.' }),
    name: t.exposeString('name', { description: 'The name, unique among triggers.' }),
    origin: t.expose('origin', { type: TriggerOriginEnum, description: 'Where it is defined.' }),
    isEditable: t.boolean({
      description:
        'Whether `updateTrigger` and `deleteTrigger` accept it. False for a trigger from agents.yaml, and for a deleted one.',
      resolve: ({ origin, deletedAt }) => origin === 'api' && deletedAt === null,
    }),
    agent: t.field({
      type: AgentRef,
      nullable: true,
      description: 'The agent that works on its tasks. Null: the tasks are tracked.',
      resolve: ({ agent }, _args, { services }) => (agent === null ? null : shownAgent(services, agent)),
    }),
    title: t.exposeString('title', { description: 'The Liquid template of the title of its tasks.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'The Liquid template of the description of its tasks. Null: none.',
    }),
    priority: t.exposeInt('priority', { description: 'The priority of its tasks.' }),
    createdBy: t.expose('createdBy', {
      type: ActorRef,
      description: 'Who created it. Its tasks have the permissions of this actor.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last changed.',
    }),
    pausedAt: t.expose('pausedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was paused. Null: it is not paused.',
    }),
    pausedBy: t.expose('pausedBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who paused it. Null: it is not paused.',
    }),
    pauseReason: t.exposeString('pauseReason', {
      nullable: true,
      description: 'Why it was paused. Null: it is not paused, or no reason was given.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was deleted. A deleted trigger is shown only by its tasks, occurrences and deliveries.',
    }),
    tasks: t.connection({
      type: TaskRef,
      description: 'The tasks that it created, the newest first.',
      complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
      select: (args, _context, nestedSelection) => ({
        tasks: nestedPage(nestedSelection, nestedNewestPage(args, 'createdAt'), 'Task'),
      }),
      resolve: ({ tasks }, args) => toNewestConnection(tasks, args, (task) => task.createdAt),
    }),
  }),
});

/** The row as the domain's type for its kind. */
function cronOf(trigger: Trigger): CronTrigger {
  if (trigger.kind !== 'cron') throw new Error(`trigger ${trigger.id} is not a cron trigger`);
  return trigger;
}

function webhookOf(trigger: Trigger): WebhookTrigger {
  if (trigger.kind !== 'webhook') throw new Error(`trigger ${trigger.id} is not a webhook trigger`);
  return trigger;
}

export const CronTriggerRef = builder.prismaNode('Trigger', {
  variant: 'CronTrigger',
  description: 'A schedule that creates a task at each due moment, exactly one on any number of instances.',
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
      description: 'The IANA time zone of the expression.',
    }),
    words: t.string({
      description:
        'The expression in words, such as `At 02:00, Monday through Friday`. The expression itself if it is no longer valid.',
      resolve: (trigger) => keptSchedule(cronOf(trigger))?.words ?? cronOf(trigger).cron,
    }),
    overlap: t.field({
      resolve: (trigger) => cronOf(trigger).overlap,
      type: OverlapEnum,
      description: 'What happens at a due moment while a task of the trigger is not final.',
    }),
    misfire: t.field({
      resolve: (trigger) => cronOf(trigger).misfire,
      type: MisfireEnum,
      description: 'Which missed due moments are made up.',
    }),
    misfireWindowSeconds: t.int({
      resolve: (trigger) => cronOf(trigger).misfireWindowSeconds,
      description: 'How far back missed due moments are made up, in seconds.',
    }),
    checkUrl: t.string({
      nullable: true,
      description:
        'The URL that is requested before a task is created, to learn whether something changed. Null: no check. Callers who may not change triggers see only its origin.',
      resolve: (trigger, _args, { caller }) => {
        const { checkUrl } = cronOf(trigger);
        return checkUrl === null ? null : shownUrl(checkUrl, caller, 'trigger.manage');
      },
    }),
    nextDueAt: t.field({
      resolve: (trigger) => cronOf(trigger).nextDueAt,
      type: 'DateTime',
      nullable: true,
      description: 'The next due moment. Null: there is none.',
    }),
    nextOccurrences: t.field({
      type: ['DateTime'],
      description: 'The next due moments from now on, also while it is paused.',
      args: {
        first: t.arg.int({
          defaultValue: MOMENTS,
          description: `The number of due moments; at most ${LIMITS.maxPageSize}.`,
        }),
      },
      complexity: (args) => momentsCost(args.first),
      resolve: (trigger, { first }) => [...nextMoments(cronOf(trigger), first ?? MOMENTS)],
    }),
  }),
});

export const WebhookTriggerRef = builder.prismaNode('Trigger', {
  variant: 'WebhookTrigger',
  description:
    'An incoming webhook: each accepted call of its path creates a task. Its secrets are never shown.',
  interfaces: [TriggerRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    path: t.string({
      resolve: (trigger) => webhookOf(trigger).path,
      description: 'The last part of its URL, unique among webhook triggers.',
    }),
    urlPath: t.string({
      description: 'The path to call, `POST /webhooks/<path>`, relative to the URL of this server.',
      resolve: (trigger) => `/webhooks/${webhookOf(trigger).path}`,
    }),
    verify: t.field({
      resolve: (trigger) => webhookOf(trigger).verify,
      type: VerifySchemeEnum,
      description: 'How a call is verified.',
    }),
    verifyHeader: t.string({
      resolve: (trigger) => webhookOf(trigger).verifyHeader,
      nullable: true,
      description: 'The header that contains the secret, for the scheme HEADER. Null for other schemes.',
    }),
    hasSecret: t.boolean({
      description: 'Whether calls are verified with a secret.',
      resolve: (trigger) => webhookOf(trigger).secrets.length > 0,
    }),
    secretCount: t.int({
      description: 'The number of accepted secrets: two during a rotation.',
      resolve: (trigger) => webhookOf(trigger).secrets.length,
    }),
    when: t.string({
      resolve: (trigger) => webhookOf(trigger).when,
      nullable: true,
      description: 'The CEL condition over the call. Null: every call creates a task.',
    }),
    dedupeSeconds: t.int({
      resolve: (trigger) => webhookOf(trigger).dedupeSeconds,
      description:
        'For senders that give no id: the same body within this many seconds is a duplicate. 0: never.',
    }),
  }),
});

builder.prismaObjectField(TaskRef, 'trigger', (t) =>
  t.relation('trigger', {
    type: TriggerRef,
    nullable: true,
    description: 'The trigger that created it. Null for other tasks.',
  }),
);
