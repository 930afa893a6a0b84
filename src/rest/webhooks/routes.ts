import { z } from '@hono/zod-openapi';
import { OperationError, Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { hasWebhook } from '../../triggers/queries/read.ts';
import { receiveWebhook } from '../../triggers/webhook/receive.ts';
import { type AnyCall, type Contract, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { MAX_BODY_BYTES, readSome, tooLarge } from '../http/body.ts';
import { limitHeaders } from '../http/rate-limit.ts';
import { Problem } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';

const received = z
  .object({
    delivery_id: z.string(),
    task_id: z.string().nullable(),
    verdict: z.enum(['accepted', 'duplicate', 'filtered']),
  })
  .openapi('ReceivedWebhook', {
    example: {
      delivery_id: 'dlv_01kavh8xa3f0ytqc2w4s0jxm7h',
      task_id: 'task_01kavh8xa3f0ytqc2w4s0jxm7e',
      verdict: 'accepted',
    },
  });

const receiveContract = {
  method: 'post',
  path: '/webhooks/{path}',
  id: 'receiveWebhook',
  tag: 'Webhooks',
  summary: 'Call a webhook',
  description:
    'The call is verified by the signature scheme of the trigger, over the body as received. No API key is needed.',
  isOpen: true,
  params: z.object({
    path: z
      .string()
      .max(LIMITS.pathCharacters)
      .regex(/^[A-Za-z0-9_-]+$/)
      .openapi({ description: 'The path of the trigger.', example: 'github' }),
  }),
  body: z.unknown(),
  isBodyRaw: true,
  gives: {
    200: {
      description: 'The handshake of Slack (URL verification).',
      also: {
        'text/plain': {
          description: 'The challenge of the request.',
          example: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
        },
      },
    },
    202: { description: 'The delivery is stored and processed.', schema: received },
  },
  refuses: ['UNAUTHENTICATED', 'NOT_FOUND', 'RATE_LIMITED'],
} as const satisfies Contract;

async function receive(services: RestServices, call: AnyCall, path: string): Promise<Reply> {
  const { request, url } = call;
  // A body that exceeds the limit is read only so far that its refusal can be recorded.
  const rawBody = await readSome(request, MAX_BODY_BYTES);
  let headers: Record<string, string> = {};
  const { deliveryId, taskId, verdict, challenge } = await receiveWebhook(
    services.triggers,
    {
      path,
      headers: Object.fromEntries(request.headers),
      rawBody,
      query: Object.fromEntries(url.searchParams),
    },
    async ({ id }) => {
      headers = limitHeaders('webhook', await services.takeFromLimit(`webhook:${id}`));
    },
  );
  if (challenge !== undefined)
    return { status: 200, text: { type: 'text/plain; charset=utf-8', body: challenge }, headers };
  return { status: 202, json: { delivery_id: deliveryId, task_id: taskId, verdict }, headers };
}

/** The use-case refuses a call as invalid input; over HTTP it is a malformed request. */
function refusalOf(error: unknown): unknown {
  if (error instanceof OperationError && error.code === 'UNAUTHENTICATED') {
    return new Problem('UNAUTHENTICATED', error.message);
  }
  if (!(error instanceof Refusal)) return error;
  if (error.name === 'WebhookTooLarge') return tooLarge();
  if (error.name === 'WebhookFailed') return new Problem('VALIDATION', error.message);
  if (error.code === 'VALIDATION') return new Problem('MALFORMED_REQUEST', error.message);
  return error;
}

export function webhookRoutes(services: RestServices): Endpoint[] {
  return [
    endpoint(receiveContract, async (call) => {
      const { path } = call.params;
      // Before the body is read, so that requests to guessed paths cost little.
      if (!(await hasWebhook(services, path))) {
        throw new Problem('NOT_FOUND', 'Webhook not found');
      }
      try {
        return await receive(services, call, path);
      } catch (error) {
        throw refusalOf(error);
      }
    }),
  ];
}
