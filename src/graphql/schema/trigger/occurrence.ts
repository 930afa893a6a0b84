import { builder } from '../../builder.ts';
import { nestedNewestPage, nestedPage } from '../../keyset.ts';
import { pageMultiplier, toNewestConnection } from '../../pages.ts';
import { ActorRef } from '../actor.ts';
import { TaskRef } from '../task/task.ts';
import { OccurrenceKindEnum, OccurrenceOutcomeEnum } from './enums.ts';
import { CronTriggerRef } from './trigger.ts';

export const OccurrenceRef = builder.prismaNode('Occurrence', {
  description: 'One due moment of a cron trigger, and what came of it.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    trigger: t.relation('trigger', { type: CronTriggerRef, description: 'The trigger that was due.' }),
    dueAt: t.expose('dueAt', {
      type: 'DateTime',
      description: 'The moment it was due, or was fired by hand.',
    }),
    kind: t.expose('kind', { type: OccurrenceKindEnum, description: 'Why there is one.' }),
    outcome: t.expose('outcome', {
      type: OccurrenceOutcomeEnum,
      nullable: true,
      description: 'What came of it; null while it waits for another task to end, or is being decided.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why, in words; null where the outcome says all.',
    }),
    task: t.prismaField({
      type: TaskRef,
      nullable: true,
      description: 'The task it made; null unless it FIRED.',
      resolve: (query, { outcome, taskId }, _args, { loaders }) =>
        outcome === 'fired' ? loaders.named('task', taskId, query) : null,
    }),
    firedBy: t.expose('firedBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who fired it by hand; null when the clock did.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was put on record.' }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was decided; null while it is not.',
    }),
  }),
});

builder.prismaObjectField(CronTriggerRef, 'occurrences', (t) =>
  t.connection({
    type: OccurrenceRef,
    description: 'Its due moments up to now and what came of each, the one due last first.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    select: (args, _context, nestedSelection) => ({
      occurrences: nestedPage(nestedSelection, nestedNewestPage(args, 'dueAt'), 'Occurrence'),
    }),
    resolve: ({ occurrences }, args) =>
      toNewestConnection(occurrences, args, (occurrence) => occurrence.dueAt),
  }),
);
