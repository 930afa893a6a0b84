import { camelKeys } from '../../core/snake-case.ts';
import type { DeliveryHead } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Occurrence, Trigger } from '../../domain/trigger.ts';
import { createCronTrigger } from '../../triggers/commands/create-cron.ts';
import { createWebhookTrigger } from '../../triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../../triggers/commands/delete.ts';
import { fireTrigger } from '../../triggers/commands/fire.ts';
import { pauseTrigger } from '../../triggers/commands/pause.ts';
import { resumeTrigger } from '../../triggers/commands/resume.ts';
import { updateTrigger } from '../../triggers/commands/update.ts';
import { previewCron } from '../../triggers/cron/preview.ts';
import { listTriggers } from '../../triggers/queries/list.ts';
import { listOccurrences } from '../../triggers/queries/occurrences.ts';
import { readTrigger } from '../../triggers/queries/read.ts';
import { type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { given } from '../contract/given.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import { presentDeliveries } from '../deliveries/presented.ts';
import { ofParameters } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { presentOccurrence, presentTrigger } from './presented.ts';

export function triggerRoutes(services: RestServices): Endpoint[] {
  const { triggers } = services;

  const reply = (caller: Caller, trigger: Trigger, more: Partial<Reply> = {}): Reply => ({
    status: 200,
    json: presentTrigger(caller, trigger),
    ...more,
  });
  const made = (trigger: Trigger) => ({
    status: 201,
    headers: { location: `/api/v1/triggers/${trigger.id}` },
  });
  const firedCron = (occurrence: Occurrence): Reply => {
    const json = presentOccurrence(occurrence);
    return {
      status: 200,
      json: { kind: 'cron', task_id: json.task_id, occurrence: json, delivery: null },
    };
  };
  const firedWebhook = async (caller: Caller, delivery: DeliveryHead): Promise<Reply> => {
    const [json] = await presentDeliveries(services, caller, [delivery]);
    return {
      status: 200,
      json: { kind: 'webhook', task_id: json?.task_id ?? null, occurrence: null, delivery: json },
    };
  };

  return [
    endpoint(contract.listTriggers, async ({ caller, query, url }) => {
      const { limit, cursor, q, ...rest } = query;
      const filter = given({ ...rest, text: q === '' ? undefined : q });
      const page = await listTriggers(services, caller, { filter, page: pageRequest(limit, cursor) });
      return pageReply(
        url,
        page,
        page.items.map((trigger) => presentTrigger(caller, trigger)),
      );
    }),
    endpoint(contract.createTrigger, async ({ caller, body }) => {
      if (body.kind === 'cron') {
        const { kind: _kind, ...fields } = body;
        const trigger = await createCronTrigger(triggers, caller, camelKeys(fields));
        return reply(caller, trigger, made(trigger));
      }
      const { kind: _kind, ...fields } = body;
      const { trigger, secret } = await createWebhookTrigger(triggers, caller, camelKeys(fields));
      const json = presentTrigger(caller, trigger);
      return { ...made(trigger), json: { ...json, secret }, repeatedJson: { ...json, secret: null } };
    }),
    endpoint(contract.getTrigger, async ({ caller, params }) =>
      reply(caller, await readTrigger(services, caller, params)),
    ),
    endpoint(contract.updateTrigger, async ({ caller, params, body }) => {
      return reply(caller, await updateTrigger(triggers, caller, { ...camelKeys(body), id: params.id }));
    }),
    endpoint(contract.deleteTrigger, async ({ caller, params }) => {
      await deleteTrigger(triggers, caller, params);
      return { status: 204 };
    }),
    endpoint(contract.pauseTrigger, async ({ caller, params, body }) =>
      reply(caller, await pauseTrigger(triggers, caller, { id: params.id, reason: body.reason ?? null })),
    ),
    endpoint(contract.resumeTrigger, async ({ caller, params }) =>
      reply(caller, await resumeTrigger(triggers, caller, params)),
    ),
    endpoint(contract.fireTrigger, async ({ caller, params: { id }, body: { reason, sample } }) => {
      const fired = await fireTrigger(triggers, caller, given({ id, reason, sample }));
      if (fired.occurrence) return firedCron(fired.occurrence);
      if (fired.delivery) return firedWebhook(caller, fired.delivery);
      throw new Error(`firing ${id} recorded nothing`);
    }),
    endpoint(contract.listOccurrences, async ({ caller, params: { id }, query: { limit, cursor }, url }) => {
      const page = await listOccurrences(services, caller, {
        triggerId: id,
        page: pageRequest(limit, cursor),
      });
      return pageReply(url, page, page.items.map(presentOccurrence));
    }),
    endpoint(contract.previewCron, async ({ query }) => {
      const { words, occurrences } = ofParameters(() => previewCron(query));
      return { status: 200, json: { words, occurrences: occurrences.map((moment) => moment.toISOString()) } };
    }),
  ];
}
