import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { newSigningSecret } from '../../core/standard-webhooks.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import type { Caller } from '../../domain/permissions.ts';
import { checkOutboundUrl } from '../../guarded-http/url.ts';
import { insertEndpoint } from '../../store/endpoints/endpoints.ts';
import { parseInput } from '../../tasks/fields.ts';
import type { OutgoingContext } from '../context.ts';
import { agents, description, MAX_ENDPOINTS, sources, statuses, url } from '../endpoint-input.ts';

const schema = z.object({
  url,
  description: description.nullish(),
  statuses: statuses.nullish(),
  agents: agents.nullish(),
  sources: sources.nullish(),
});
/** `statuses`, `agents` and `sources` filter what is sent; an absent or empty list does not filter. */
export type CreateWebhookEndpointInput = z.input<typeof schema>;

export interface CreatedEndpoint {
  readonly endpoint: WebhookEndpoint;
  /** `whsec_…`: shown once. */
  readonly secret: string;
}

/**
 * Creates an endpoint: from now on, changes of tasks are sent to its URL, signed as in Standard Webhooks. Admins only.
 * Throws `FORBIDDEN`, or `VALIDATION`, also for a URL that must not be called and for the 51st endpoint.
 */
export async function createWebhookEndpoint(
  context: OutgoingContext,
  caller: Caller,
  input: CreateWebhookEndpointInput,
): Promise<CreatedEndpoint> {
  mustBeAllowed(caller, 'endpoint.manage');
  const parsed = parseInput(schema, input);
  const secret = newSigningSecret();
  const endpoint = await insertEndpoint(
    context.pool,
    {
      id: newId('endpoint'),
      url: checkOutboundUrl(parsed.url, context.allow),
      description: parsed.description ?? null,
      statuses: parsed.statuses ?? [],
      agents: parsed.agents ?? [],
      sources: parsed.sources ?? [],
      secrets: [secret],
      createdBy: caller.actor,
    },
    MAX_ENDPOINTS,
  );
  if (!endpoint) {
    throw invalid([
      { path: [], message: `the maximum of ${MAX_ENDPOINTS} endpoints is reached; delete one first` },
    ]);
  }
  return { endpoint, secret };
}
