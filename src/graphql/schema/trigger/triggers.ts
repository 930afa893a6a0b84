import { isId } from '../../../core/ids.ts';
import { countTriggers, listTriggers } from '../../../store/triggers/list.ts';
import { builder } from '../../builder.ts';
import { pageMultiplier, parsePage, toFilter, toNewestConnection } from '../../pages.ts';
import { TriggerKindEnum } from './enums.ts';
import { liveTrigger, TriggerRef } from './trigger.ts';

const TriggerFilterInput = builder.inputType('TriggerFilter', {
  description: 'Which triggers: within a list any value matches, and all the fields given must.',
  fields: (t) => ({
    kind: t.field({ type: TriggerKindEnum, description: 'That are set off by this.' }),
    paused: t.boolean({ description: 'That are paused, or that are not.' }),
    agent: t.stringList({ description: 'Whose tasks have one of these agents.' }),
    text: t.string({
      description: 'Whose name, title or description has this text, in any case of letters.',
    }),
  }),
});

builder.queryField('trigger', (t) =>
  t.field({
    type: TriggerRef,
    nullable: true,
    description: 'One trigger; null when there is none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `trg_…`.' }) },
    resolve: async (_root, { id }, { loaders }) =>
      isId('trigger', id) ? await liveTrigger(loaders, id) : null,
  }),
);

interface Counted {
  readonly count: () => Promise<number>;
}

builder.queryField('triggers', (t) =>
  t.connection(
    {
      type: TriggerRef,
      description: 'The cron schedules and webhooks that make tasks, the newest first.',
      args: {
        filter: t.arg({ type: TriggerFilterInput, description: 'Which; all when nothing is said.' }),
      },
      complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
      resolve: async (_root, args, { services: { pool }, loaders }) => {
        const request = parsePage(args);
        const filter = toFilter(args.filter);
        const page = await listTriggers(pool, { filter, page: request });
        for (const trigger of page.rows) loaders.triggers.trigger.prime(trigger.id, trigger);
        const count = (): Promise<number> => countTriggers(pool, filter);
        return { ...toNewestConnection(page, request, (trigger) => trigger.createdAt), count };
      },
    },
    {
      description: 'A page of triggers.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match.',
          complexity: 10,
          resolve: (page) => (page as unknown as Counted).count(),
        }),
      }),
    },
  ),
);
