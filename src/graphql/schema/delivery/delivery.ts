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

/** More tries than this a delivery never shows; the newest count. */
const MAX_TRIES_SHOWN = 50;

/** A body may be a megabyte: so dear that an operation reads a page of small ones and not a hundred. */
const BODY_COST = 400;

export const DeliveryRef = builder.prismaInterface('Delivery', {
  description: 'One call of a webhook, in or out, on record with what came of it.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: ({ direction }) => (direction === 'in' ? 'IncomingDelivery' : 'OutgoingDelivery'),
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `dlv_…`.' }),
    direction: t.expose('direction', { type: DeliveryDirectionEnum, description: 'Which way it goes.' }),
    verdict: t.expose('verdict', { type: DeliveryVerdictEnum, description: 'What came of it.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why, in words; null where the verdict says all.',
    }),
    headers: t.expose('headers', {
      type: 'JSON',
      description: 'An object of its headers, with lower-case names; what is secret in them is redacted.',
    }),
    body: t.string({
      description: `Its body as text; as base64 when \`bodyIsText\` is false. Costs ${BODY_COST}: ask for a few at a time.`,
      complexity: BODY_COST,
      resolve: async ({ id }, _args, { reader }) => {
        const body = await bodyOf(reader, id);
        return body.toString(isUtf8(body) ? 'utf8' : 'base64');
      },
    }),
    bodyIsText: t.boolean({
      description: `Whether its body is text in UTF-8. Costs ${BODY_COST}, as the body has to be read.`,
      complexity: BODY_COST,
      resolve: async ({ id }, _args, { reader }) => isUtf8(await bodyOf(reader, id)),
    }),
    task: t.prismaField({
      type: TaskRef,
      nullable: true,
      description: 'In: the task it made, or repeats; null when there is none. Out: the task it tells of.',
      resolve: (query, { taskId }, _args, { loaders }) => loaders.named('task', taskId, query),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was put on record.' }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its verdict was reached; null while it is RECEIVED or PENDING.',
    }),
    redeliveredBy: t.expose('redeliveredBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who had it delivered again, or fired it from a sample; null when nobody did.',
    }),
  }),
});

/** Those that are asked for at once are one statement. */
async function bodyOf(reader: Reader, id: string): Promise<Buffer> {
  const row = await reader.delivery.findUnique({ where: { id }, select: { body: true } });
  if (!row) throw new Error(`the delivery ${id} is gone`);
  return Buffer.from((row as unknown as { body: Uint8Array }).body);
}

/** The row as the domain knows its direction. */
function incomingOf(delivery: DeliveryHead): IncomingHead {
  if (delivery.direction !== 'in') throw new Error(`delivery ${delivery.id} did not come in`);
  return delivery;
}

function outgoingOf(delivery: DeliveryHead): OutgoingHead {
  if (delivery.direction !== 'out') throw new Error(`delivery ${delivery.id} did not go out`);
  return delivery;
}

export const IncomingDeliveryRef = builder.prismaNode('Delivery', {
  variant: 'IncomingDelivery',
  description: 'A call of a webhook trigger, refused ones too.',
  interfaces: [DeliveryRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    // Not null for a delivery that came in; the column serves both directions.
    trigger: t.relation('trigger', {
      type: WebhookTriggerRef,
      nullable: false,
      description: 'The trigger that was called.',
      onNull: 'error',
    }),
    senderId: t.string({
      nullable: true,
      description: "The sender's own id of it, which tells repetitions; null where it gives none.",
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
    description: 'The delivery that it repeats; null unless it is a DUPLICATE.',
    resolve: (query, delivery, _args, { loaders }) =>
      earlier(loaders, incomingOf(delivery).duplicateOf, query),
  }),
  redeliveryOf: t.prismaField({
    type: IncomingDeliveryRef,
    nullable: true,
    description: 'The delivery that it was made from by `redeliver`; null for any other.',
    resolve: (query, delivery, _args, { loaders }) =>
      earlier(loaders, incomingOf(delivery).redeliveryOf, query),
  }),
}));

const DeliveryTryRef = builder.prismaObject('DeliveryAttempt', {
  name: 'DeliveryTry',
  description: 'One try of an outgoing delivery.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Rises by one per try of its delivery.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it began.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
    status: t.exposeInt('status', {
      nullable: true,
      description: "The answer's HTTP status; null when there was none.",
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it counts as failed; null when it was taken.',
    }),
    response: t.exposeString('response', {
      nullable: true,
      description: "The beginning of the answer's body; null when there was none.",
    }),
  }),
});

const OutgoingDeliveryRef = builder.prismaNode('Delivery', {
  variant: 'OutgoingDelivery',
  description: 'A change of a task that is told to an endpoint, with each try.',
  interfaces: [DeliveryRef],
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    endpoint: t.relation('endpoint', {
      type: EndpointRef,
      nullable: false,
      description: 'Where it is sent.',
      onNull: 'error',
    }),
    task: t.prismaField({
      type: TaskRef,
      description: 'The task it tells of.',
      resolve: async (query, { id, taskId }, _args, { loaders }) => {
        const task = await loaders.named('task', taskId, query);
        if (!task) throw new Error(`the task of delivery ${id} is gone`);
        return task;
      },
    }),
    eventId: t.id({
      resolve: (delivery) => outgoingOf(delivery).key,
      description:
        'The event it tells of; sent as `webhook-id`, and the same however often it is delivered again.',
    }),
    attempts: t.int({
      resolve: (delivery) => outgoingOf(delivery).attempts,
      description: 'Tries since it was made or last delivered again.',
    }),
    nextAttemptAt: t.field({
      resolve: (delivery) => outgoingOf(delivery).nextAttemptAt,
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; null unless it is PENDING.',
    }),
    tries: t.field({
      type: [DeliveryTryRef],
      description: `Every try, the first one first; the newest ${MAX_TRIES_SHOWN}.`,
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
    description: 'Its calls, the newest first; refused ones too.',
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
    description: 'What was sent to it, and what is to be, the newest first.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    select: (args, _context, nestedSelection) => ({
      deliveries: nestedPage(nestedSelection, nestedNewestPage(args, 'createdAt'), 'OutgoingDelivery'),
    }),
    resolve: ({ deliveries }, args) => toNewestConnection(deliveries, args, (delivery) => delivery.createdAt),
  }),
);
