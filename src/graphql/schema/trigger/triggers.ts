import { isId } from '../../../core/ids.ts';
import type { TriggerFilter } from '../../../domain/filters.ts';
import { builder } from '../../builder.ts';
import { newestPage, queryOfPage } from '../../keyset.ts';
import type { Models } from '../../models.ts';
import { pageMultiplier, toFilter, toNewestConnection } from '../../pages.ts';
import { TriggerKindEnum } from './enums.ts';
import { TriggerRef } from './trigger.ts';

const TriggerFilterInput = builder.inputType('TriggerFilter', {
  description: 'Which triggers. All given fields must match; a list matches with any of its values.',
  fields: (t) => ({
    kind: t.field({ type: TriggerKindEnum, description: 'Triggers of this kind.' }),
    paused: t.boolean({
      description: 'True: only paused triggers. False: only triggers that are not paused.',
    }),
    agent: t.stringList({ description: 'Triggers with one of these agents.' }),
    text: t.string({
      description: 'Triggers with this text in the name, title or description, case-insensitive.',
    }),
  }),
});

builder.queryField('trigger', (t) =>
  t.prismaField({
    type: TriggerRef,
    nullable: true,
    description: 'One trigger. Null: no trigger has this id, or it was deleted.',
    args: { id: t.arg.id({ required: true, description: 'The id: `trg_…`.' }) },
    resolve: async (query, _root, { id }, { reader }) => {
      const trigger = isId('trigger', id)
        ? await reader.trigger.findUnique({ ...query, where: { id } })
        : null;
      return trigger?.deletedAt === null ? trigger : null;
    },
  }),
);

/** Escapes `%` and `_`, so that a search takes them literally. */
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
      description: 'The cron triggers and webhook triggers, the newest first.',
      args: {
        filter: t.arg({ type: TriggerFilterInput, description: 'Which triggers. Default: all.' }),
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
          description: 'The number of matching triggers.',
          complexity: 10,
          resolve: (page) => (page as unknown as Counted).count(),
        }),
      }),
    },
  ),
);
