import { builder } from '../../builder.ts';
import { shownUrl } from '../../shown-url.ts';
import { ActorRef } from '../actor.ts';
import { TaskSourceEnum, TaskStatusEnum } from '../enums.ts';

export const EndpointRef = builder.prismaNode('WebhookEndpoint', {
  description:
    'Where changes of tasks are told to: each change that matches is sent as a signed webhook. Its secrets are never shown.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    url: t.string({
      description: 'Where it is sent; whole only for those who may change endpoints.',
      resolve: ({ url }, _args, { caller }) => shownUrl(url, caller, 'endpoint.manage'),
    }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    statuses: t.field({
      type: [TaskStatusEnum],
      description: 'Told when a task comes to one of these; empty: to any.',
      resolve: ({ statuses }) => [...statuses],
    }),
    agents: t.stringList({
      description: 'Only of tasks of these agents; empty: of all, and of tracked ones too.',
      resolve: ({ agents }) => [...agents],
    }),
    sources: t.field({
      type: [TaskSourceEnum],
      description: 'Only of tasks from these sources; empty: from any.',
      resolve: ({ sources }) => [...sources],
    }),
    secretCount: t.int({
      description: 'How many secrets it is signed with: two while one replaces the other.',
      resolve: ({ secrets }) => secrets.length,
    }),
    createdBy: t.expose('createdBy', { type: ActorRef, description: 'Who made it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when nothing is sent; null while it is on.',
    }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why nothing is sent: by hand, after repeated failure, or because it answered 410.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'The first failed try since the last that was taken; null while all is well.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; such an endpoint is seen only from its deliveries.',
    }),
  }),
});

builder.queryField('webhookEndpoints', (t) =>
  t.prismaField({
    type: [EndpointRef],
    description: 'Every endpoint that changes of tasks are told to, the oldest first; 50 at most.',
    resolve: (query, _root, _args, { reader }) =>
      reader.webhookEndpoint.findMany({
        ...query,
        where: { deletedAt: null },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
  }),
);
