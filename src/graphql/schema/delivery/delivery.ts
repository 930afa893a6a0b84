import { isUtf8 } from 'node:buffer';
import type { DeliveryHead, IncomingHead, OutgoingHead } from '../../../domain/delivery.ts';
import { builder } from '../../builder.ts';
import { nestedNewestPage, nestedPage } from '../../keyset.ts';
import type { Loaders } from '../../loaders.ts';
import { pageMultiplier, toNewestConnection } from '../../pages.ts';
import type { Reader } from '../../reader.ts';
import { ActorRef } from '../actor.ts';
import { EndpointRef } from '../endpoint/endpoint.ts';
import { TaskRef } from '../task/task.ts';
import { DeliveryDirectionEnum, DeliveryVerdictEnum } from '../trigger/enums.ts';
import { WebhookTriggerRef } from '../trigger/trigger.ts';

/** The maximum number of attempts that a delivery shows, the newest ones. */
const MAX_TRIES_SHOWN = 50;

/** A body can have a megabyte. With this cost one operation can read a page of them, but not a hundred. */
const BODY_COST = 400;

export const DeliveryRef = builder.prismaInterface('Delivery', {
  description: 'One call of a webhook, incoming or outgoing, with its verdict.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: ({ direction }) => (direction === 'in' ? 'IncomingDelivery' : 'OutgoingDelivery'),
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id: `dlv_…`.' }),
    direction: t.expose('direction', { type: DeliveryDirectionEnum, description: 'Incoming or outgoing.' }),
    verdict: t.expose('verdict', { type: DeliveryVerdictEnum, description: 'The result of the delivery.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'The reason for the verdict. Null: none.',
    }),
    headers: t.expose('headers', {
      type: 'JSON',
      description: 'The headers as an object with lower-case names. Secrets are redacted.',
    }),
    body: t.string({
      description: `The body as text, or as base64 if \`bodyIsText\` is false. Costs ${BODY_COST}: request only a few at a time.`,
      complexity: BODY_COST,
      resolve: async ({ id }, _args, { reader }) => {
        const body = await bodyOf(reader, id);
        return body.toString(isUtf8(body) ? 'utf8' : 'base64');
      },
    }),
    bodyIsText: t.boolean({
      description: `Whether the body is valid UTF-8. Costs ${BODY_COST}, because the body is read.`,
      complexity: BODY_COST,
      resolve: async ({ id }, _args, { reader }) => isUtf8(await bodyOf(reader, id)),
    }),
    task: t.prismaField({
      type: TaskRef,
      nullable: true,
      description:
        'Incoming: the task that it created, or the task of the delivery that it duplicates. Outgoing: the task whose change it reports. Null: no task.',
      resolve: (query, { taskId }, _args, { loaders }) => loaders.named('task', taskId, query),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the verdict was reached. Null while it is RECEIVED or PENDING.',
    }),
    redeliveredBy: t.expose('redeliveredBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who redelivered it, or fired the trigger with a sample. Null for other deliveries.',
    }),
  }),
});

/** Bodies that are requested at the same time are read in one statement. */
async function bodyOf(reader: Reader, id: string): Promise<Buffer> {
  const row = await reader.delivery.findUnique({ where: { id }, select: { body: true } });
  if (!row) throw new Error(`delivery ${id} not found`);
  return Buffer.from((row as unknown as { body: Uint8Array }).body);
}

/** The row as the domain's type for its direction. */
function incomingOf(delivery: DeliveryHead): IncomingHead {
  if (delivery.direction !== 'in') throw new Error(`delivery ${delivery.id} is not incoming`);
  return delivery;
}

function outgoingOf(delivery: DeliveryHead): OutgoingHead {
  if (delivery.direction !== 'out') throw new Error(`delivery ${delivery.id} is not outgoing`);
  return delivery;
}

export const IncomingDeliveryRef = builder.prismaNode('Delivery', {
  variant: 'IncomingDelivery',
  description: 'A call of a webhook trigger. Refused calls are recorded too.',
  interfaces: [DeliveryRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    // Never null for an incoming delivery; the column serves both directions.
    trigger: t.relation('trigger', {
      type: WebhookTriggerRef,
      nullable: false,
      description: 'The trigger that was called.',
      onNull: 'error',
    }),
    senderId: t.string({
      nullable: true,
      description:
        "The sender's id of the delivery, by which duplicates are found. Null if the sender gives none.",
      resolve: (delivery) => incomingOf(delivery).key,
    }),
  }),
});

async function earlier(loaders: Loaders, id: string | null, query: object): Promise<DeliveryHead | null> {
  return id === null ? null : loaders.named('delivery', id, query);
}

builder.prismaObjectFields(IncomingDeliveryRef, (t) => ({
  duplicateOf: t.prismaField({
    type: IncomingDeliveryRef,
    nullable: true,
    description: 'The delivery that it duplicates. Null unless the verdict is DUPLICATE.',
    resolve: (query, delivery, _args, { loaders }) =>
      earlier(loaders, incomingOf(delivery).duplicateOf, query),
  }),
  redeliveryOf: t.prismaField({
    type: IncomingDeliveryRef,
    nullable: true,
    description: 'The delivery from which `redeliver` created it. Null for other deliveries.',
    resolve: (query, delivery, _args, { loaders }) =>
      earlier(loaders, incomingOf(delivery).redeliveryOf, query),
  }),
}));

const DeliveryTryRef = builder.prismaObject('DeliveryAttempt', {
  name: 'DeliveryTry',
  description: 'One attempt to send an outgoing delivery.',
  fields: (t) => ({
    number: t.exposeInt('number', {
      description: 'The number of the attempt; it increases by one with each attempt of the delivery.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it started.' }),
    durationMs: t.exposeInt('durationMs', { description: 'The duration in milliseconds.' }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'The HTTP status of the response. Null: no response.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the attempt failed. Null: it succeeded.',
    }),
    response: t.exposeString('response', {
      nullable: true,
      description: 'The beginning of the response body. Null: no response.',
    }),
  }),
});

const OutgoingDeliveryRef = builder.prismaNode('Delivery', {
  variant: 'OutgoingDelivery',
  description: 'A status change of a task that is sent to a webhook endpoint, with its attempts.',
  interfaces: [DeliveryRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    endpoint: t.relation('endpoint', {
      type: EndpointRef,
      nullable: false,
      description: 'The endpoint that it is sent to.',
      onNull: 'error',
    }),
    task: t.prismaField({
      type: TaskRef,
      description: 'The task whose change it reports.',
      resolve: async (query, { id, taskId }, _args, { loaders }) => {
        const task = await loaders.named('task', taskId, query);
        if (!task) throw new Error(`task of delivery ${id} not found`);
        return task;
      },
    }),
    eventId: t.id({
      resolve: (delivery) => outgoingOf(delivery).key,
      description: 'The id of the reported event, sent as `webhook-id`. A redelivery has the same id.',
    }),
    attempts: t.int({
      resolve: (delivery) => outgoingOf(delivery).attempts,
      description: 'The number of attempts since it was created or last redelivered.',
    }),
    nextAttemptAt: t.field({
      resolve: (delivery) => outgoingOf(delivery).nextAttemptAt,
      type: 'DateTime',
      nullable: true,
      description: 'When the next attempt is due. Null unless it is PENDING.',
    }),
    tries: t.field({
      type: [DeliveryTryRef],
      description: `The newest ${MAX_TRIES_SHOWN} attempts, the oldest of them first.`,
      select: {
        tries: { orderBy: { number: 'desc' }, take: MAX_TRIES_SHOWN },
      },
      resolve: ({ tries }) => tries.toReversed(),
    }),
  }),
});

builder.prismaObjectField(WebhookTriggerRef, 'deliveries', (t) =>
  t.connection({
    type: IncomingDeliveryRef,
    description: 'Its incoming deliveries, the newest first, also refused ones.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    select: (args, _context, nestedSelection) => ({
      deliveries: nestedPage(nestedSelection, nestedNewestPage(args, 'createdAt'), 'IncomingDelivery'),
    }),
    resolve: ({ deliveries }, args) => toNewestConnection(deliveries, args, (delivery) => delivery.createdAt),
  }),
);

builder.prismaObjectField(EndpointRef, 'deliveries', (t) =>
  t.connection({
    type: OutgoingDeliveryRef,
    description: 'Its outgoing deliveries, the newest first.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    select: (args, _context, nestedSelection) => ({
      deliveries: nestedPage(nestedSelection, nestedNewestPage(args, 'createdAt'), 'OutgoingDelivery'),
    }),
    resolve: ({ deliveries }, args) => toNewestConnection(deliveries, args, (delivery) => delivery.createdAt),
  }),
);
