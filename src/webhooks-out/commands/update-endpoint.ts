import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { newSigningSecret } from '../../core/standard-webhooks.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import type { Caller } from '../../domain/permissions.ts';
import { checkOutboundUrl } from '../../guarded-http/url.ts';
import { readEndpoints, updateEndpointRow } from '../../store/endpoints/endpoints.ts';
import { switchOff } from '../../store/endpoints/switch-off.ts';
import { parseInput, reason } from '../../tasks/fields.ts';
import type { OutgoingContext } from '../context.ts';
import { agents, description, noSuchEndpoint, sources, statuses, url } from '../endpoint-input.ts';

const schema = z.object({
  id: z.string(),
  url: url.optional(),
  description: description.nullable().optional(),
  statuses: statuses.optional(),
  agents: agents.optional(),
  sources: sources.optional(),
  enabled: z.boolean().optional(),
  reason,
  rotateSecret: z.boolean().optional(),
  dropOldSecret: z.boolean().optional(),
});
/**
 * Absent fields stay. `enabled: false` switches the endpoint off for `reason` and cancels its pending deliveries; true
 * switches it on. `rotateSecret` makes a new secret; the current one also signs until `dropOldSecret` or the next
 * rotation.
 */
export type UpdateWebhookEndpointInput = z.input<typeof schema>;

export interface UpdatedEndpoint {
  readonly endpoint: WebhookEndpoint;
  /** The new secret, shown only once; null if none was made. */
  readonly secret: string | null;
}

/** Changes an endpoint. Admins only. Throws `FORBIDDEN`, `NOT_FOUND` or `VALIDATION`. */
export async function updateWebhookEndpoint(
  context: OutgoingContext,
  caller: Caller,
  input: UpdateWebhookEndpointInput,
): Promise<UpdatedEndpoint> {
  mustBeAllowed(caller, 'endpoint.manage');
  const parsed = parseInput(schema, input);
  const { id: _, ...wanted } = parsed;
  if (Object.values(wanted).every((value) => value === undefined)) {
    throw invalid([
      { path: [], message: `set at least one of ${Object.keys(schema.shape).slice(1).join(', ')}` },
    ]);
  }
  if (parsed.rotateSecret && parsed.dropOldSecret) {
    const message =
      'cannot be combined with rotateSecret: receivers need time to configure the new secret; drop the old one later';
    throw invalid([{ path: ['dropOldSecret'], message }]);
  }
  if (parsed.reason !== undefined && parsed.enabled !== false) {
    throw invalid([{ path: ['reason'], message: 'is only stored when enabled is false' }]);
  }
  const secret = parsed.rotateSecret ? newSigningSecret() : null;
  const changed = await updateEndpointRow(context.pool, parsed.id, {
    ...(parsed.url !== undefined && { url: checkOutboundUrl(parsed.url, context.allow) }),
    ...(parsed.description !== undefined && { description: parsed.description }),
    ...(parsed.statuses && { statuses: parsed.statuses }),
    ...(parsed.agents && { agents: parsed.agents }),
    ...(parsed.sources && { sources: parsed.sources }),
    ...(secret !== null && { newSecret: secret }),
    ...(parsed.dropOldSecret && { dropOldSecret: true }),
    ...(parsed.enabled && { enable: true }),
  });
  if (!changed) throw noSuchEndpoint(parsed.id);
  const endpoint =
    parsed.enabled === false ? await disable(context, caller, changed, parsed.reason) : changed;
  return { endpoint, secret };
}

async function disable(
  { pool }: OutgoingContext,
  caller: Caller,
  endpoint: WebhookEndpoint,
  why: string | undefined,
): Promise<WebhookEndpoint> {
  const by = `by ${caller.actor.name}${why === undefined ? '' : `: ${why}`}`;
  const off = await switchOff(pool, endpoint.id, {
    reason: by,
    cancelledFor: `the endpoint was switched off ${by}`,
  });
  if (off) return off;
  // It was off already, or was deleted meanwhile: the current state is returned.
  const [now] = await readEndpoints(pool, [endpoint.id]);
  return now ?? endpoint;
}
