import { isId } from '../../../core/ids.ts';
import type { TriggerFilter } from '../../../domain/filters.ts';
import { builder } from '../../builder.ts';
import { newestPage, queryOfPage } from '../../keyset.ts';
import type { Models } from '../../models.ts';
import { pageMultiplier, toFilter, toNewestConnection } from '../../pages.ts';
import { TriggerKindEnum } from './enums.ts';
import { TriggerRef } from './trigger.ts';

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
  t.prismaField({
    type: TriggerRef,
    nullable: true,
    description: 'One trigger; null when there is none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `trg_…`.' }) },
    resolve: async (query, _root, { id }, { reader }) => {
      const trigger = isId('trigger', id)
        ? await reader.trigger.findUnique({ ...query, where: { id } })
        : null;
      return trigger?.deletedAt === null ? trigger : null;
    },
  }),
);

/** `%` and `_` mean themselves in a search. */
const inAnyCase = (text: string) =>
  ({ contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' }) as const;

function whereOf({ kind, paused, agent, text }: TriggerFilter): Models['Trigger']['Where'] {
  return {
    deletedAt: null,
    ...(kind && { kind }),
    ...(paused !== undefined && { pausedAt: paused ? { not: null } : null }),
    ...(agent && { agent: { in: [...agent] } }),
    ...(text && {
      OR: [{ name: inAnyCase(text) }, { title: inAnyCase(text) }, { description: inAnyCase(text) }],
    }),
  };
}

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
      resolve: async (_root, args, context, info) => {
        const where = whereOf(toFilter(args.filter));
        const query = queryOfPage(context, info, 'Trigger');
        const rows = await context.reader.trigger.findMany({
          ...query,
          ...newestPage(args, 'createdAt', where),
        });
        const count = (): Promise<number> => context.reader.trigger.count({ where });
        return { ...toNewestConnection(rows, args, (trigger) => trigger.createdAt), count };
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
