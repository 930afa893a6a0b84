import type { Delivery, DeliveryVerdict } from '../../../domain/delivery.ts';
import { SCHEME_TEXTS } from '../../../domain/signatures/schemes.ts';
import type {
  Misfire,
  OccurrenceKind,
  OccurrenceOutcome,
  Overlap,
  TriggerKind,
  TriggerOrigin,
} from '../../../domain/trigger.ts';
import { MOST_MADE_UP, MOST_MISSED_LISTED, ON_TIME_MS } from '../../../triggers/cron/missed.ts';
import { QUEUE_LIMIT } from '../../../triggers/cron/scan.ts';
import { builder } from '../../builder.ts';
import { values } from '../enums.ts';

export const TriggerKindEnum = builder.enumType('TriggerKind', {
  description: 'The kind of a trigger.',
  values: values<TriggerKind>({
    cron: 'A schedule: a cron expression in a time zone.',
    webhook: 'A call of `POST /webhooks/<path>`.',
  }),
});

export const TriggerOriginEnum = builder.enumType('TriggerOrigin', {
  description: 'Where a trigger is defined.',
  values: values<TriggerOrigin>({
    file: 'In agents.yaml: it is changed and deleted only there. The API can pause, resume and fire it.',
    api: 'In the database: it was created through the API and is changed there.',
  }),
});

export const OverlapEnum = builder.enumType('OverlapPolicy', {
  description: 'What happens at a due moment while a task of the trigger is not final.',
  values: values<Overlap>({
    skip: 'No task is created; the occurrence has the reason.',
    queue: `The task is created when the task before it is final, the oldest first. At most ${QUEUE_LIMIT} wait; further ones are skipped.`,
    allow: 'The task is created; both tasks can run at the same time.',
  }),
});

export const MisfireEnum = builder.enumType('MisfirePolicy', {
  description: `What is made up for due moments that no process noticed within ${ON_TIME_MS / 1_000} s, as far back as the misfire window. Those that are not made up are recorded as skipped, at most the latest ${MOST_MISSED_LISTED}.`,
  values: values<Misfire>({
    skip: 'None of them.',
    once: 'The last of them.',
    all: `Each of them, the oldest first; at most the latest ${MOST_MADE_UP}.`,
  }),
});

export const VerifySchemeEnum = builder.enumType('VerifyScheme', {
  description:
    'How the sender of a webhook proves its identity. Signatures are verified over the body as received.',
  values: values(SCHEME_TEXTS),
});

export const OccurrenceKindEnum = builder.enumType('OccurrenceKind', {
  description: 'Why an occurrence exists.',
  values: values<OccurrenceKind>({
    schedule: 'It was due.',
    misfire: 'It was missed, such as during an outage. It was made up later, or recorded as skipped.',
    manual: 'It was fired by hand.',
  }),
});

export const OccurrenceOutcomeEnum = builder.enumType('OccurrenceOutcome', {
  description: 'The result of an occurrence.',
  values: values<OccurrenceOutcome>({
    fired: 'A task was created.',
    skipped: 'No task: another task was not final, or the missed occurrence was not made up.',
    refused: 'No task: the check found no change, or did not succeed.',
    failed: 'No task: a template failed, or the agent is not configured.',
  }),
});

export const DeliveryDirectionEnum = builder.enumType('DeliveryDirection', {
  description: 'The direction of a delivery.',
  values: values<Delivery['direction']>({
    in: 'Incoming: a call of a webhook trigger.',
    out: 'Outgoing: sent to a webhook endpoint.',
  }),
});

export const DeliveryVerdictEnum = builder.enumType('DeliveryVerdict', {
  description: 'The result of a delivery. PENDING, DELIVERED and CANCELLED are only for outgoing deliveries.',
  values: values<DeliveryVerdict>({
    received: 'Incoming: it is recorded and not decided yet.',
    accepted: 'Incoming: a task was created.',
    duplicate: 'Incoming: it duplicates an earlier delivery; no task was created.',
    filtered: 'Incoming: the condition of the trigger was not met, or the trigger was paused.',
    refused:
      'Incoming: the signature is invalid, or the body is too large or does not match its content type.',
    failed:
      'Incoming: no task could be created. Outgoing: it could not be delivered, and is not tried again.',
    pending: 'Outgoing: it waits for its next attempt.',
    delivered: 'Outgoing: the receiver accepted it.',
    cancelled: 'Outgoing: it is not tried again, because the endpoint was disabled or deleted.',
  }),
});
