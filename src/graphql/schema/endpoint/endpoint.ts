import { builder } from '../../builder.ts';
import { shownUrl } from '../../shown-url.ts';
import { ActorRef } from '../actor.ts';
import { TaskSourceEnum, TaskStatusEnum } from '../enums.ts';

export const EndpointRef = builder.prismaNode('WebhookEndpoint', {
  description:
    'A URL that matching status changes of tasks are sent to, as signed webhooks. Its secrets are never shown.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    url: t.string({
      description:
        'The URL that webhooks are sent to. Callers who may not change endpoints see only its origin.',
      resolve: ({ url }, _args, { caller }) => shownUrl(url, caller, 'endpoint.manage'),
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'What the endpoint is for. Null: not given.',
    }),
    statuses: t.field({
      type: [TaskStatusEnum],
      description: 'A webhook is sent when a task gets one of these statuses. Empty: any status.',
      resolve: ({ statuses }) => [...statuses],
    }),
    agents: t.stringList({
      description: 'Only for tasks of these agents. Empty: all tasks, also tracked ones.',
      resolve: ({ agents }) => [...agents],
    }),
    sources: t.field({
      type: [TaskSourceEnum],
      description: 'Only for tasks from these sources. Empty: any source.',
      resolve: ({ sources }) => [...sources],
    }),
    secretCount: t.int({
      description: 'The number of secrets that sign each webhook: two during a rotation.',
      resolve: ({ secrets }) => secrets.length,
    }),
    createdBy: t.expose('createdBy', { type: ActorRef, description: 'Who created it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was disabled. Null while it is enabled.',
    }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description:
        'Why it was disabled: the given reason, repeated failures, or an answer of 410. Null while it is enabled.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description:
        'The time of the first failed attempt since the last success. Null: none failed since then.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted. A deleted endpoint is shown only by its deliveries.',
    }),
  }),
});

builder.queryField('webhookEndpoints', (t) =>
  t.prismaField({
    type: [EndpointRef],
    description: 'All webhook endpoints, the oldest first; at most 50.',
    resolve: (query, _root, _args, { reader }) =>
      reader.webhookEndpoint.findMany({
        ...query,
        where: { deletedAt: null },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
  }),
);
