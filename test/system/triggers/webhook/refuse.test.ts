import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { receiveWebhook } from '../../../../src/triggers/webhook/receive.ts';
import { WebhookFailed, WebhookTooLarge } from '../../../../src/triggers/webhook/refusals.ts';
import { githubHeaders, standardHeaders } from '../../../fixtures/signing.ts';
import {
  deliveries,
  insertWebhook,
  request,
  SECRET,
  tasksOf,
  testHooks,
} from '../../../fixtures/webhooks-in.ts';

const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OLD_WHSEC = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const seconds = (): number => Math.floor(Date.now() / 1000);
const json = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

describe('a webhook that is not taken', () => {
  test('whose signature is absent, wrong, old, of the future or with a time like 123abc is refused and recorded', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { verify: 'standard', secrets: [WHSEC] });
    const body = Buffer.from('{"a":1,"b":2}');
    const send = (headers: Record<string, string>, sent = body) =>
      receiveWebhook(hooks.context, request(sent, { headers }));
    const refused = async (headers: Record<string, string>, reason: string, sent = body): Promise<void> => {
      await expect(send(headers, sent)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringContaining(reason),
      });
    };
    await refused({}, 'missing');
    await refused(await standardHeaders(OLD_WHSEC, body, seconds()), 'the signature is wrong');
    await refused(await standardHeaders(WHSEC, body, seconds() - 1_000), 's old');
    await refused(await standardHeaders(WHSEC, body, seconds() + 1_000), 'in the future');
    await refused(await standardHeaders(WHSEC, body, '123abc'), 'not in whole seconds');
    await refused(
      await standardHeaders(WHSEC, body, seconds()),
      'the signature is wrong',
      Buffer.from('{"b":2,"a":1}'),
    );
    const rows = await deliveries(hooks.pool);
    expect(rows.map(({ verdict }) => verdict)).toEqual(Array(6).fill('refused'));
    expect(rows.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('missing'),
      expect.stringContaining('wrong'),
      expect.stringContaining('s old'),
      expect.stringContaining('in the future'),
      expect.stringContaining('whole seconds'),
      expect.stringContaining('wrong'),
    ]);
    expect(rows[0]?.body).toEqual(body);
    expect(await tasksOf(hooks.pool)).toEqual([]);
  });

  test('at a path that no live trigger has is not found and leaves nothing', async () => {
    await using hooks = await testHooks();
    const id = await insertWebhook(hooks.pool, { path: 'gone' });
    await hooks.pool.query('update triggers set deleted_at = now() where id = $1', [id]);
    for (const path of [
      '',
      'nobody',
      'gone',
      'x'.repeat(10_000),
      'a\u0000b',
      '\ud800',
      "'; drop table tasks",
    ]) {
      await expect(receiveWebhook(hooks.context, request({}, { path }))).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await deliveries(hooks.pool)).toEqual([]);
  });

  test('that does not match its content type, or is too large, is refused and recorded', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool);
    const send = (body: string) => receiveWebhook(hooks.context, request(body));
    for (const body of [
      '{"a":',
      '{"a":1} x',
      '{"a":1,"a":2}',
      '{"a":1e400}',
      `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    ]) {
      await expect(send(body)).rejects.toMatchObject({
        code: 'VALIDATION',
        details: { issues: [{ path: ['body'] }] },
      });
    }
    await expect(send(`"${'x'.repeat(1024 * 1024)}"`)).rejects.toBeInstanceOf(WebhookTooLarge);
    const rows = await deliveries(hooks.pool);
    expect(rows.map(({ verdict }) => verdict)).toEqual(Array(6).fill('refused'));
    expect(rows[5]?.body.length).toBe(64 * 1024);
    expect(rows[5]?.reason).toBe(
      'the body is too large; at most 1048576 bytes are allowed (only the first 65536 bytes of the body are stored)',
    );
    expect(await tasksOf(hooks.pool)).toEqual([]);
  });

  test.each([
    [{ agent: 'nobody' }, 'unknown agent "nobody"'],
    [{ title: '{{ body.missing }}' }, 'title: is empty'],
    [
      { description: "{{ 'now' | date: '%H', 'Mars/Phobos' }}" },
      'description: line 1, column 1: Invalid time zone',
    ],
  ])('of which no task can be made has failed: %j', async (wanted, reason) => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { ...wanted, verify: 'github' });
    const body = json({});
    const sent = request(body, { headers: await githubHeaders(SECRET, body) });
    await expect(receiveWebhook(hooks.context, sent)).rejects.toBeInstanceOf(WebhookFailed);
    const [row] = await deliveries(hooks.pool);
    expect(row?.verdict).toBe('failed');
    expect(row?.reason?.toLowerCase()).toContain(reason.toLowerCase());
    expect(await tasksOf(hooks.pool)).toEqual([]);

    await hooks.pool.query("update triggers set agent = null, title = 'Repaired', description = null");
    expect(await receiveWebhook(hooks.context, sent)).toMatchObject({ verdict: 'accepted' });
  });

  test('does not fill the table when it is refused again and again', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool);
    for (let i = 0; i < 25; i += 1) {
      await expect(receiveWebhook(hooks.context, request({ i }, { headers: {} }))).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      });
    }
    const rows = await deliveries(hooks.pool);
    expect(rows).toHaveLength(20);
    expect(rows.at(-1)?.reason).toBe(
      'the secret is missing (header x-webhook-secret); 5 more were refused after it and were only counted',
    );
    expect(await receiveWebhook(hooks.context, request({}))).toMatchObject({ verdict: 'accepted' });
  });

  test('stores no secret anywhere', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, {
      title: 'T {{ headers }}',
      description: '{{ query }} {{ headers["x-webhook-secret"] }}',
    });
    const sent = request(
      {},
      { headers: { 'x-webhook-secret': SECRET, 'x-copy': `a ${SECRET} b` }, query: { s: SECRET } },
    );
    await receiveWebhook(hooks.context, sent);
    await expect(
      receiveWebhook(
        hooks.context,
        request({}, { headers: { 'x-webhook-secret': `${SECRET}x`, 'x-copy': SECRET } }),
      ),
    ).rejects.toMatchObject({ message: expect.not.stringContaining(SECRET) });
    const all = await hooks.pool.query(
      "select row_to_json(d)::text || coalesce((select string_agg(row_to_json(t)::text, '') from tasks t), '') || coalesce((select string_agg(row_to_json(e)::text, '') from task_events e), '') as text from deliveries d",
    );
    expect(all.rows).toHaveLength(2);
    for (const { text } of all.rows) expect(text).not.toContain(SECRET);
    const hash = createHash('sha256').update(sent.rawBody).digest('hex');
    expect(all.rows[0].text).toContain(hash);
  });
});

test('text from an unverified sender is quoted in a reason only up to a limit', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool, { when: 'body.m[body.k] == 1' });
  for (const k of ['x'.repeat(900_000), 'a\u0000b', '\ud800']) {
    const received = receiveWebhook(hooks.context, request({ m: {}, k }));
    await expect(received.then(({ verdict }) => verdict)).resolves.toBe('filtered');
  }
  const reasons = (await deliveries(hooks.pool)).map(({ reason }) => reason ?? '');
  expect(reasons).toHaveLength(3);
  for (const reason of reasons) {
    expect(reason).toMatch(/could not be evaluated/);
    expect(reason.length).toBeLessThanOrEqual(1_000);
    expect(reason).not.toContain('\u0000');
  }
});

test('a header named like something every object has is missing like any other', async () => {
  await using hooks = await testHooks();
  for (const name of ['constructor', '__proto__', 'tostring']) {
    await insertWebhook(hooks.pool, { path: name, verifyHeader: name });
    await expect(receiveWebhook(hooks.context, request({}, { path: name }))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  }
});
