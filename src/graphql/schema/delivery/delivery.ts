import { isUtf8 } from 'node:buffer';
import type { DeliveryAttempt } from '../../../domain/delivery.ts';
import type { WebhookTrigger } from '../../../domain/trigger.ts';
import { MAX_TRIES_SHOWN } from '../../../store/deliveries/list.ts';
import type { DeliveryHead, IncomingHead, OutgoingHead } from '../../../store/deliveries/row.ts';
import { builder } from '../../builder.ts';
import type { Loaders } from '../../loaders.ts';
import { pageMultiplier, parsePage, toNewestConnection } from '../../pages.ts';
import { ActorRef } from '../actor.ts';
import { EndpointRef } from '../endpoint/endpoint.ts';
import { TaskRef } from '../task/task.ts';
import { DeliveryDirectionEnum, DeliveryVerdictEnum } from '../trigger/enums.ts';
import { WebhookTriggerRef } from '../trigger/trigger.ts';

/** A body may be a megabyte: so dear that an operation reads a page of small ones and not a hundred. */
const BODY_COST = 400;

export const DeliveryRef = builder.interfaceRef<DeliveryHead>('Delivery').implement({
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
      resolve: async ({ id }, _args, { loaders }) => {
        const body = await bodyOf(loaders, id);
        return body.toString(isUtf8(body) ? 'utf8' : 'base64');
      },
    }),
    bodyIsText: t.boolean({
      description: `Whether its body is text in UTF-8. Costs ${BODY_COST}, as the body has to be read.`,
      complexity: BODY_COST,
      resolve: async ({ id }, _args, { loaders }) => isUtf8(await bodyOf(loaders, id)),
    }),
    task: t.field({
      type: TaskRef,
      nullable: true,
      description: 'In: the task it made, or repeats; null when there is none. Out: the task it tells of.',
      resolve: async ({ taskId }, _args, { loaders }) => (await loaders.task.load(taskId)) ?? null,
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

async function bodyOf(loaders: Loaders, id: string): Promise<Buffer> {
  const body = await loaders.triggers.deliveryBody.load(id);
  if (!body) throw new Error(`the delivery ${id} is gone`);
  return body;
}

const isDelivery = (value: unknown, direction: DeliveryHead['direction']): boolean =>
  typeof value === 'object' && value !== null && 'direction' in value && value.direction === direction;

export const IncomingDeliveryRef = builder.objectRef<IncomingHead>('IncomingDelivery');

async function incoming(loaders: Loaders, id: string | null): Promise<IncomingHead | null> {
  const delivery = id === null ? undefined : await loaders.triggers.delivery.load(id);
  return delivery?.direction === 'in' ? delivery : null;
}

builder.node(IncomingDeliveryRef, {
  description: 'A call of a webhook trigger, refused ones too.',
  interfaces: [DeliveryRef],
  id: { resolve: (delivery) => delivery.id },
  isTypeOf: (value) => isDelivery(value, 'in'),
  // An id does not say which way its delivery goes.
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.triggers.delivery.load(id) as Promise<IncomingHead | undefined>),
  fields: (t) => ({
    trigger: t.field({
      type: WebhookTriggerRef,
      description: 'The trigger that was called.',
      resolve: async ({ id, triggerId }, _args, { loaders }) => {
        const trigger = await loaders.triggers.trigger.load(triggerId);
        if (trigger?.kind !== 'webhook') throw new Error(`the webhook trigger of delivery ${id} is gone`);
        return trigger satisfies WebhookTrigger;
      },
    }),
    senderId: t.exposeString('key', {
      nullable: true,
      description: "The sender's own id of it, which tells repetitions; null where it gives none.",
    }),
    duplicateOf: t.field({
      type: IncomingDeliveryRef,
      nullable: true,
      description: 'The delivery that it repeats; null unless it is a DUPLICATE.',
      resolve: ({ duplicateOf }, _args, { loaders }) => incoming(loaders, duplicateOf),
    }),
    redeliveryOf: t.field({
      type: IncomingDeliveryRef,
      nullable: true,
      description: 'The delivery that it was made from by `redeliver`; null for any other.',
      resolve: ({ redeliveryOf }, _args, { loaders }) => incoming(loaders, redeliveryOf),
    }),
  }),
});

const DeliveryTryRef = builder.objectRef<DeliveryAttempt>('DeliveryTry').implement({
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

export const OutgoingDeliveryRef = builder.objectRef<OutgoingHead>('OutgoingDelivery');

builder.node(OutgoingDeliveryRef, {
  description: 'A change of a task that is told to an endpoint, with each try.',
  interfaces: [DeliveryRef],
  id: { resolve: (delivery) => delivery.id },
  isTypeOf: (value) => isDelivery(value, 'out'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.triggers.delivery.load(id) as Promise<OutgoingHead | undefined>),
  fields: (t) => ({
    endpoint: t.field({
      type: EndpointRef,
      description: 'Where it is sent.',
      resolve: async ({ id, endpointId }, _args, { loaders }) => {
        const endpoint = await loaders.triggers.endpoint.load(endpointId);
        if (!endpoint) throw new Error(`the endpoint of delivery ${id} is gone`);
        return endpoint;
      },
    }),
    task: t.field({
      type: TaskRef,
      description: 'The task it tells of.',
      resolve: async ({ id, taskId }, _args, { loaders }) => {
        const task = await loaders.task.load(taskId);
        if (!task) throw new Error(`the task of delivery ${id} is gone`);
        return task;
      },
    }),
    eventId: t.exposeID('key', {
      description:
        'The event it tells of; sent as `webhook-id`, and the same however often it is delivered again.',
    }),
    attempts: t.exposeInt('attempts', {
      description: 'Tries since it was made or last delivered again.',
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; null unless it is PENDING.',
    }),
    tries: t.field({
      type: [DeliveryTryRef],
      description: `Every try, the first one first; the newest ${MAX_TRIES_SHOWN}.`,
      resolve: async ({ id }, _args, { loaders }) => [...(await loaders.triggers.tries.load(id))],
    }),
  }),
});

builder.objectField(WebhookTriggerRef, 'deliveries', (t) =>
  t.connection({
    type: IncomingDeliveryRef,
    description: 'Its calls, the newest first; refused ones too.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    resolve: async ({ id }, args, { loaders }) => {
      const request = parsePage(args);
      const { rows, hasMore } = await loaders.triggers.deliveriesOf(id, request);
      const page = { rows: rows as IncomingHead[], hasMore };
      return toNewestConnection(page, request, (delivery) => delivery.createdAt);
    },
  }),
);

builder.objectField(EndpointRef, 'deliveries', (t) =>
  t.connection({
    type: OutgoingDeliveryRef,
    description: 'What was sent to it, and what is to be, the newest first.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    resolve: async ({ id }, args, { loaders }) => {
      const request = parsePage(args);
      const { rows, hasMore } = await loaders.triggers.deliveriesTo(id, request);
      const page = { rows: rows as OutgoingHead[], hasMore };
      return toNewestConnection(page, request, (delivery) => delivery.createdAt);
    },
  }),
);
