import { camelKeys } from '../../core/snake-case.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Trigger } from '../../domain/trigger.ts';
import { readDeliveryHeads } from '../../store/deliveries/list.ts';
import { newestFirstCursor } from '../../store/newest-first.ts';
import { listTriggers } from '../../store/triggers/list.ts';
import { occurrencesOf, readOccurrences } from '../../store/triggers/occurrence-list.ts';
import { readTrigger } from '../../store/triggers/triggers.ts';
import { mustBeAllowed } from '../../tasks/rules.ts';
import { createCronTrigger } from '../../triggers/commands/create-cron.ts';
import { createWebhookTrigger } from '../../triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../../triggers/commands/delete.ts';
import { fireTrigger } from '../../triggers/commands/fire.ts';
import { pauseTrigger } from '../../triggers/commands/pause.ts';
import { resumeTrigger } from '../../triggers/commands/resume.ts';
import { updateTrigger } from '../../triggers/commands/update.ts';
import { previewCron } from '../../triggers/cron/preview.ts';
import { triggerNotFound } from '../../triggers/rules.ts';
import { type AnyCall, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { given } from '../contract/given.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import { presentDeliveries } from '../deliveries/presented.ts';
import { ofParameters } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { presentOccurrence, presentTrigger } from './presented.ts';

async function mustRead({ pool }: RestServices, caller: Caller, id: string): Promise<Trigger> {
  mustBeAllowed(caller, 'task.read');
  const trigger = await readTrigger(pool, id);
  if (!trigger || trigger.deletedAt !== null) throw triggerNotFound(id);
  return trigger;
}

export function triggerRoutes(services: RestServices): Endpoint[] {
  const { triggers, pool } = services;

  const reply = (
    caller: Caller,
    trigger: Trigger,
    more: Partial<Reply> & { secret?: string | null } = {},
  ): Reply => {
    const { secret, ...rest } = more;
    const json = presentTrigger(caller, trigger);
    return {
      status: 200,
      json: secret === undefined ? json : { ...json, secret },
      resourceId: trigger.id,
      ...rest,
    };
  };
  const made = (trigger: Trigger) => ({
    status: 201,
    headers: { location: `/api/v1/triggers/${trigger.id}` },
  });
  const again = async ({ caller }: AnyCall, id: string): Promise<Reply> =>
    reply(caller, await mustRead(services, caller, id));

  const firedCron = (occurrence: Parameters<typeof presentOccurrence>[0]): Reply => {
    const json = presentOccurrence(occurrence);
    return {
      status: 200,
      json: { kind: 'cron', task_id: json.task_id, occurrence: json, delivery: null },
      resourceId: occurrence.id,
    };
  };
  const firedWebhook = async (delivery: Parameters<typeof presentDeliveries>[1][number]): Promise<Reply> => {
    const [json] = await presentDeliveries(services, [delivery]);
    return {
      status: 200,
      json: { kind: 'webhook', task_id: json?.task_id ?? null, occurrence: null, delivery: json },
      resourceId: delivery.id,
    };
  };

  return [
    endpoint(contract.listTriggers, async ({ caller, query, url }) => {
      mustBeAllowed(caller, 'task.read');
      const { limit, cursor, q, ...rest } = query;
      const filter = given({ ...rest, text: q === '' ? undefined : q });
      const { rows, hasMore } = await listTriggers(pool, { filter, page: pageRequest(limit, cursor) });
      const last = hasMore ? rows.at(-1) : undefined;
      const data = rows.map((trigger) => presentTrigger(caller, trigger));
      return pageReply(url, data, last ? newestFirstCursor(last.createdAt, last.id) : null);
    }),
    endpoint(
      contract.createTrigger,
      async ({ caller, body }) => {
        if (body.kind === 'cron') {
          const { kind: _kind, ...fields } = body;
          const trigger = await createCronTrigger(triggers, caller, camelKeys(fields));
          return reply(caller, trigger, made(trigger));
        }
        const { kind: _kind, ...fields } = body;
        const { trigger, secret } = await createWebhookTrigger(triggers, caller, camelKeys(fields));
        return reply(caller, trigger, { ...made(trigger), secret });
      },
      async ({ caller }, id) => {
        const trigger = await mustRead(services, caller, id);
        return reply(caller, trigger, {
          ...made(trigger),
          ...(trigger.kind === 'webhook' && { secret: null }),
        });
      },
    ),
    endpoint(contract.getTrigger, async (call) => again(call, call.params.id)),
    endpoint(contract.updateTrigger, async ({ caller, params, body }) => {
      return reply(caller, await updateTrigger(triggers, caller, { ...camelKeys(body), id: params.id }));
    }),
    endpoint(contract.deleteTrigger, async ({ caller, params }) => {
      await deleteTrigger(triggers, caller, params);
      return { status: 204 };
    }),
    endpoint(
      contract.pauseTrigger,
      async ({ caller, params, body }) =>
        reply(caller, await pauseTrigger(triggers, caller, { id: params.id, reason: body.reason ?? null })),
      again,
    ),
    endpoint(
      contract.resumeTrigger,
      async ({ caller, params }) => reply(caller, await resumeTrigger(triggers, caller, params)),
      again,
    ),
    endpoint(
      contract.fireTrigger,
      async ({ caller, params: { id }, body: { reason, sample } }) => {
        const fired = await fireTrigger(triggers, caller, given({ id, reason, sample }));
        if (fired.occurrence) return firedCron(fired.occurrence);
        if (fired.delivery) return firedWebhook(fired.delivery);
        throw new Error(`firing ${id} gave nothing`);
      },
      async (_call, id) => {
        if (id.startsWith('occ_')) {
          const [occurrence] = await readOccurrences(pool, [id]);
          if (occurrence) return firedCron(occurrence);
        }
        const [delivery] = await readDeliveryHeads(pool, [id]);
        if (delivery) return firedWebhook(delivery);
        throw new Error(`what was fired as ${id} is gone`);
      },
    ),
    endpoint(contract.listOccurrences, async ({ caller, params: { id }, query: { limit, cursor }, url }) => {
      await mustRead(services, caller, id);
      const [page] = await occurrencesOf(pool, [id], pageRequest(limit, cursor));
      const { rows = [], hasMore = false } = page ?? {};
      const last = hasMore ? rows.at(-1) : undefined;
      return pageReply(
        url,
        rows.map(presentOccurrence),
        last ? newestFirstCursor(last.dueAt, last.id) : null,
      );
    }),
    endpoint(contract.previewCron, async ({ caller, query }) => {
      mustBeAllowed(caller, 'task.read');
      const { words, occurrences } = ofParameters(() => previewCron(query));
      return { status: 200, json: { words, occurrences: occurrences.map((moment) => moment.toISOString()) } };
    }),
  ];
}
