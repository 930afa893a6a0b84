import { builder } from '../../builder.ts';
import { nestedNewestPage, nestedPage } from '../../keyset.ts';
import { pageMultiplier, toNewestConnection } from '../../pages.ts';
import { ActorRef } from '../actor.ts';
import { TaskRef } from '../task/task.ts';
import { OccurrenceKindEnum, OccurrenceOutcomeEnum } from './enums.ts';
import { CronTriggerRef } from './trigger.ts';

export const OccurrenceRef = builder.prismaNode('Occurrence', {
  description: 'One due moment of a cron trigger, or a firing by hand, and its result.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    trigger: t.relation('trigger', { type: CronTriggerRef, description: 'The trigger.' }),
    dueAt: t.expose('dueAt', {
      type: 'DateTime',
      description: 'When it was due or fired by hand.',
    }),
    kind: t.expose('kind', { type: OccurrenceKindEnum, description: 'Why it exists.' }),
    outcome: t.expose('outcome', {
      type: OccurrenceOutcomeEnum,
      nullable: true,
      description: 'The result. Null while it waits for another task to become final, or is being decided.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'The reason for the outcome. Null: none.',
    }),
    task: t.prismaField({
      type: TaskRef,
      nullable: true,
      description: 'The task that it created. Null unless the outcome is FIRED.',
      resolve: (query, { outcome, taskId }, _args, { loaders }) =>
        outcome === 'fired' ? loaders.named('task', taskId, query) : null,
    }),
    firedBy: t.expose('firedBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who fired it by hand. Null for other occurrences.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the outcome was decided. Null: not decided yet.',
    }),
  }),
});

builder.prismaObjectField(CronTriggerRef, 'occurrences', (t) =>
  t.connection({
    type: OccurrenceRef,
    description: 'Its occurrences up to now, the latest due first.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    select: (args, _context, nestedSelection) => ({
      occurrences: nestedPage(nestedSelection, nestedNewestPage(args, 'dueAt'), 'Occurrence'),
    }),
    resolve: ({ occurrences }, args) =>
      toNewestConnection(occurrences, args, (occurrence) => occurrence.dueAt),
  }),
);
