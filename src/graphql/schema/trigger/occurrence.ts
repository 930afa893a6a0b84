import type { CronTrigger, Occurrence } from '../../../domain/trigger.ts';
import { builder } from '../../builder.ts';
import { pageMultiplier, parsePage, toNewestConnection } from '../../pages.ts';
import { ActorRef } from '../actor.ts';
import { TaskRef } from '../task/task.ts';
import { OccurrenceKindEnum, OccurrenceOutcomeEnum } from './enums.ts';
import { CronTriggerRef } from './trigger.ts';

export const OccurrenceRef = builder.objectRef<Occurrence>('Occurrence');

builder.node(OccurrenceRef, {
  description: 'One due moment of a cron trigger, and what came of it.',
  id: { resolve: (occurrence) => occurrence.id },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'dueAt' in value && 'outcome' in value,
  loadManyWithoutCache: (ids, { loaders }) => ids.map((id) => loaders.triggers.occurrence.load(id)),
  fields: (t) => ({
    trigger: t.field({
      type: CronTriggerRef,
      description: 'The trigger that was due.',
      resolve: async ({ id, triggerId }, _args, { loaders }) => {
        const trigger = await loaders.triggers.trigger.load(triggerId);
        if (trigger?.kind !== 'cron') throw new Error(`the cron trigger of occurrence ${id} is gone`);
        return trigger satisfies CronTrigger;
      },
    }),
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
    task: t.field({
      type: TaskRef,
      nullable: true,
      description: 'The task it made; null unless it FIRED.',
      resolve: async ({ outcome, taskId }, _args, { loaders }) =>
        outcome === 'fired' ? ((await loaders.task.load(taskId)) ?? null) : null,
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

builder.objectField(CronTriggerRef, 'occurrences', (t) =>
  t.connection({
    type: OccurrenceRef,
    description: 'Its due moments up to now and what came of each, the one due last first.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    resolve: async ({ id }, args, { loaders }) => {
      const request = parsePage(args);
      const page = await loaders.triggers.occurrencesOf(id, request);
      return toNewestConnection(page, request, (occurrence) => occurrence.dueAt);
    },
  }),
);
