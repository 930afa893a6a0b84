import { isUtf8 } from 'node:buffer';
import { existingTaskIds, readDeliveryContent } from '../../deliveries/queries/read.ts';
import type { DeliveryHead } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { RestServices } from '../services.ts';
import type { DeliveryJson } from './schema.ts';

function present(delivery: DeliveryHead, hasTask: boolean): DeliveryJson {
  const isIn = delivery.direction === 'in';
  return {
    id: delivery.id,
    direction: delivery.direction,
    trigger_id: isIn ? delivery.triggerId : null,
    endpoint_id: isIn ? null : delivery.endpointId,
    verdict: delivery.verdict,
    reason: delivery.reason,
    key: delivery.key,
    headers: { ...delivery.headers },
    task_id: hasTask ? delivery.taskId : null,
    duplicate_of: isIn ? delivery.duplicateOf : null,
    redelivery_of: isIn ? delivery.redeliveryOf : null,
    redelivered_by: delivery.redeliveredBy,
    attempts: isIn ? 0 : delivery.attempts,
    next_attempt_at: isIn ? null : (delivery.nextAttemptAt?.toISOString() ?? null),
    created_at: delivery.createdAt.toISOString(),
    decided_at: delivery.decidedAt?.toISOString() ?? null,
  };
}

/** Deliveries as REST shows them. One statement reads which of their tasks exist. */
export async function presentDeliveries(
  services: RestServices,
  caller: Caller,
  deliveries: readonly DeliveryHead[],
): Promise<DeliveryJson[]> {
  const existing = await existingTaskIds(services, caller, deliveries);
  return deliveries.map((delivery) => present(delivery, existing.has(delivery.taskId)));
}

/** One delivery with its body and its attempts. */
export async function presentWholeDelivery(services: RestServices, caller: Caller, delivery: DeliveryHead) {
  const [[json], { body, attempts }] = await Promise.all([
    presentDeliveries(services, caller, [delivery]),
    readDeliveryContent(services, caller, delivery),
  ]);
  const isText = isUtf8(body);
  return {
    ...json,
    body: body.toString(isText ? 'utf8' : 'base64'),
    body_encoding: isText ? 'utf-8' : 'base64',
    tries: attempts.map(({ number, at, durationMs, status, error, response }) => ({
      number,
      at: at.toISOString(),
      duration_ms: durationMs,
      status,
      error,
      response,
    })),
  };
}
