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
  description: 'What sets a trigger off.',
  values: values<TriggerKind>({
    cron: 'The clock, by a cron expression in a time zone.',
    webhook: 'A call of `POST /webhooks/<path>`.',
  }),
});

export const TriggerOriginEnum = builder.enumType('TriggerOrigin', {
  description: 'Where a trigger is kept.',
  values: values<TriggerOrigin>({
    file: 'In agents.yaml: it is changed and deleted only there; here it is paused, resumed and fired.',
    api: 'In the database: it was made through the API, and is changed there.',
  }),
});

export const OverlapEnum = builder.enumType('OverlapPolicy', {
  description: 'What happens at a due moment while a task of the one before is not final.',
  values: values<Overlap>({
    skip: 'No task is made; the occurrence says why.',
    queue: `The task is made once the one before is final, the oldest first; ${QUEUE_LIMIT} wait at most, and what comes on top is skipped.`,
    allow: 'The task is made, and the two run beside each other.',
  }),
});

export const MisfireEnum = builder.enumType('MisfirePolicy', {
  description: `What is made up for due moments that nobody was there to notice within ${ON_TIME_MS / 1_000} s, as far back as the window reaches. Those that are not are on record as skipped, the latest ${MOST_MISSED_LISTED}.`,
  values: values<Misfire>({
    skip: 'Nothing.',
    once: 'The last of them.',
    all: `Each of them, the oldest first; the latest ${MOST_MADE_UP} at most.`,
  }),
});

export const VerifySchemeEnum = builder.enumType('VerifyScheme', {
  description: 'How a webhook proves where it comes from; always over the body as it was sent.',
  values: values(SCHEME_TEXTS),
});

export const OccurrenceKindEnum = builder.enumType('OccurrenceKind', {
  description: 'Why there is an occurrence.',
  values: values<OccurrenceKind>({
    schedule: 'Its moment came.',
    misfire: 'Its moment had passed while nothing was running; made up later, or on record as not made up.',
    manual: 'It was fired by hand.',
  }),
});

export const OccurrenceOutcomeEnum = builder.enumType('OccurrenceOutcome', {
  description: 'What came of an occurrence.',
  values: values<OccurrenceOutcome>({
    fired: 'A task was made.',
    skipped: 'No task: another was not final yet, or it was not made up after an outage.',
    refused: 'No task: the check said that nothing changed.',
    failed: 'No task: a template failed, or the agent is not known.',
  }),
});

export const DeliveryDirectionEnum = builder.enumType('DeliveryDirection', {
  description: 'Which way a webhook goes.',
  values: values<Delivery['direction']>({
    in: 'To this server: a trigger took it in.',
    out: 'From this server: to a webhook endpoint.',
  }),
});

export const DeliveryVerdictEnum = builder.enumType('DeliveryVerdict', {
  description: 'What came of a delivery. PENDING, DELIVERED and CANCELLED only for those that go out.',
  values: values<DeliveryVerdict>({
    received: 'In: it is on record and not decided yet.',
    accepted: 'In: it made a task.',
    duplicate: 'In: it repeats an earlier one and made nothing.',
    filtered: "In: the trigger's condition did not hold for it, or the trigger was paused.",
    refused: 'In: its signature is wrong, or its body is too large or not what its type says.',
    failed: 'In: no task could be made of it. Out: it was given up.',
    pending: 'Out: it waits for its first or its next try.',
    delivered: 'Out: the receiver took it.',
    cancelled: 'Out: it is not tried any more, as its endpoint was switched off or deleted.',
  }),
});
