import { pino } from 'pino';
import { expect, test } from 'vitest';
import { joinWebhooks } from '../../../../src/app/webhooks-in.ts';
import { Releasers } from '../../../../src/core/releasers.ts';
import type { TriggerContext } from '../../../../src/triggers/context.ts';
import { receiveWebhook } from '../../../../src/triggers/webhook/receive.ts';
import { testPool } from '../../../fixtures/pool.ts';
import { insertWebhook, request, SECRET, testHooks } from '../../../fixtures/webhooks-in.ts';

/** A context whose log can be read. */
function listening(context: TriggerContext): { context: TriggerContext; lines: string[] } {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  return { context: { ...context, log }, lines };
}

test('refused and failed webhooks are logged, without secrets', async () => {
  await using hooks = await testHooks();
  const { context, lines } = listening(hooks.context);
  await insertWebhook(hooks.pool, { agent: 'nobody' });
  const wrong = { 'x-webhook-secret': `${SECRET}!`, authorization: SECRET };
  await expect(receiveWebhook(context, request({ secret: SECRET }, { headers: wrong }))).rejects.toThrow(
    'wrong',
  );
  await expect(receiveWebhook(context, request({}))).rejects.toThrow('no task could be created');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'incoming webhook refused',
    'incoming webhook failed',
  ]);
  expect(lines.join()).not.toContain(SECRET);
});

test('every start warns of webhooks without verification', async () => {
  await using hooks = await testHooks();
  const { context, lines } = listening(hooks.context);
  await insertWebhook(hooks.pool, { path: 'open', verify: 'none', secrets: [] });
  await insertWebhook(hooks.pool, { path: 'safe' });
  await using releasers = new Releasers();
  await joinWebhooks(context, releasers);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 40, trigger: expect.objectContaining({ path: 'open' }) }),
  ]);
});

test('during a database outage the sender gets UNAVAILABLE', async () => {
  await using hooks = await testHooks();
  const pool = testPool({ connectionString: 'postgres://127.0.0.1:1/none' });
  const received = receiveWebhook({ ...hooks.context, pool }, request({}));
  await expect(received).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await pool.end();
});
