import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../fixtures/open-api.ts';
import { type Answer, type RestApi, restApi } from '../../fixtures/rest-api.ts';

let api: RestApi;
beforeAll(async () => {
  api = await restApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const SECRET = 'a-secret-of-the-tests-0123456789';

async function makeTrigger(fields: Record<string, unknown>): Promise<Json> {
  const { status, headers, body } = await api.send('POST', '/api/v1/triggers', { body: fields });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(headers.get('location')).toBe(`/api/v1/triggers/${body.id}`);
  return body;
}

/** As GitHub calls. */
function call(
  path: string,
  body: unknown,
  { secret = SECRET, id = String(crypto.randomUUID()), headers = {} } = {},
): Promise<Answer> {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
  return api.send('POST', `/webhooks/${path}`, {
    key: null,
    raw,
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': signature,
      'x-github-delivery': id,
      'x-github-event': 'pull_request',
      ...headers,
    },
  });
}

test('a cron trigger is made, shown in words with its next moments, changed, paused, resumed and deleted', async () => {
  const made = await makeTrigger({
    kind: 'cron',
    name: 'nightly',
    cron: '0 2 * * mon-fri',
    timezone: 'Europe/Berlin',
    title: "Report of {{ scheduled_at | date: '%Y-%m-%d' }}",
    misfire_window_seconds: 3600,
  });
  expect(made).toMatchObject({
    kind: 'cron',
    origin: 'api',
    words: expect.stringMatching(/02:00/),
    overlap: 'skip',
    misfire_window_seconds: 3600,
    next_occurrences: expect.arrayContaining([made.next_due_at]),
    paused_at: null,
  });
  const path = `/api/v1/triggers/${made.id}`;
  const fire = () =>
    api.send('POST', `${path}/fire`, { body: { reason: 'Now' }, headers: { 'idempotency-key': 'fire' } });
  const fired = await fire();
  expect(fired.body).toMatchObject({
    kind: 'cron',
    delivery: null,
    occurrence: { trigger_id: made.id, kind: 'manual', outcome: 'fired', fired_by: { name: 'admin' } },
  });
  const task = await api.send('GET', `/api/v1/tasks/${fired.body.task_id}`);
  expect(task.body).toMatchObject({
    source: 'cron',
    trigger_id: made.id,
    title: expect.stringMatching(/^Report of \d/),
  });
  expect((await fire()).body, 'under the same key it is fired once').toEqual(fired.body);
  const occurrences = await api.send('GET', `${path}/occurrences`);
  expect(occurrences.body).toMatchObject({ data: [{ id: fired.body.occurrence.id }], next_cursor: null });
  const changed = await api.send('PATCH', path, { body: { cron: '@hourly', description: 'more' } });
  expect(changed.body).toMatchObject({ cron: '@hourly', description: 'more', name: 'nightly' });
  const paused = await api.send('POST', `${path}/pause`, { body: { reason: 'Holidays' } });
  expect(paused.body).toMatchObject({
    pause_reason: 'Holidays',
    paused_at: expect.any(String),
    paused_by: { name: 'admin' },
  });
  expect(
    (await api.send('GET', '/api/v1/triggers?paused=true&kind=cron')).body.data.map(({ id }: Json) => id),
  ).toEqual([made.id]);
  const resumed = await api.send('POST', `${path}/resume`);
  expect(resumed.body.paused_at).toBeNull();
  expect((await api.send('GET', path)).body).toMatchObject({ id: made.id, cron: '@hourly' });
  const deleted = await api.send('DELETE', path);
  expect([deleted.status, deleted.text]).toEqual([204, '']);
  expect((await api.send('GET', path)).status).toBe(404);
  expect((await api.send('DELETE', path)).status).toBe(404);
});

test('an invalid trigger is refused at save with pointers, and nothing is created', async () => {
  const base = { kind: 'cron', name: 'wrong', cron: '@daily', title: 'x' };
  for (const [fields, pointer] of [
    ...[
      '',
      '* *',
      '61 * * * *',
      '0 0 30 2 *',
      '* * * * * *',
      '@reboot',
      'never',
      '0 seconds',
      'x'.repeat(5_000),
    ].map((cron) => [{ cron }, '/cron'] as const),
    [{ timezone: 'Mars/Phobos' }, '/timezone'],
    [{ title: '{{ unclosed' }, '/title'],
    [{ agent: 'nobody' }, '/agent'],
    [{ misfire_window_seconds: 1 }, '/misfire_window_seconds'],
    [{ check_url: 'http://169.254.169.254/latest' }, '/check_url'],
    [{ check_url: 'http://0x7f000001/' }, '/check_url'],
    [{ path: 'x' }, '/path'],
    [{ kind: 'clock' }, '/kind'],
  ] as const) {
    const { status, body } = await api.send('POST', '/api/v1/triggers', { body: { ...base, ...fields } });
    expect([status, body.errors?.[0]?.pointer], JSON.stringify(fields).slice(0, 100)).toEqual([422, pointer]);
  }
  const when = await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'webhook', name: 'wrong', path: 'wrong', title: 'x', when: 'body.action ==' },
  });
  expect([when.status, when.body.errors[0].pointer]).toEqual([422, '/when']);
  expect((await api.send('GET', '/api/v1/triggers?q=wrong')).body.data).toEqual([]);
});

test('a cron expression is previewed by the arithmetic that fires it', async () => {
  const { status, body } = await api.send(
    'GET',
    '/api/v1/cron/preview?cron=0+2+*+*+mon-fri&timezone=Europe/Berlin&first=3',
  );
  expect(status).toBe(200);
  expect(body).toMatchObject({
    words: expect.stringMatching(/02:00/),
    occurrences: [expect.any(String), expect.any(String), expect.any(String)],
  });
  for (const [query, parameter] of [
    ['cron=nonsense', 'cron'],
    ['cron=@daily&timezone=Mars/Phobos', 'timezone'],
    ['cron=@daily&first=0', 'first'],
    ['timezone=UTC', 'cron'],
  ]) {
    const refused = await api.send('GET', `/api/v1/cron/preview?${query}`);
    expect([refused.status, refused.body.errors?.[0]?.parameter], query).toEqual([422, parameter]);
  }
});

test('a webhook is accepted once, filtered by its condition, refused without a signature, and every call is recorded', async () => {
  const trigger = await makeTrigger({
    kind: 'webhook',
    name: 'github',
    path: 'github',
    verify: 'github',
    secret: SECRET,
    when: 'body.action == "opened"',
    title: 'Review {{ body.pull_request.title }}',
  });
  expect(JSON.stringify(trigger), 'its secret is never shown').not.toContain(SECRET);
  const opened = { action: 'opened', pull_request: { title: 'Fix it' } };
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('github', opened, { id: 'one' })));
  expect(answers.every(({ status }) => status === 202)).toBe(true);
  expect(answers.filter(({ body }) => body.verdict === 'accepted')).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.task_id)).size).toBe(1);
  const task = await api.send('GET', `/api/v1/tasks/${answers[0]?.body.task_id}`);
  expect(task.body).toMatchObject({ title: 'Review Fix it', source: 'webhook', trigger_id: trigger.id });
  const ofTrigger = await api.send(
    'GET',
    `/api/v1/tasks?trigger=trg_01kavh8xa3f0ytqc2w4s0jxm7f,${trigger.id}`,
  );
  expect(ofTrigger.body.data.map(({ id }: Json) => id)).toEqual([task.body.id]);
  const { body: ofOther } = await api.send('GET', '/api/v1/tasks?trigger=trg_01kavh8xa3f0ytqc2w4s0jxm7f');
  expect(ofOther.data).toEqual([]);

  const filtered = await call('github', { action: 'closed' });
  expect([filtered.status, filtered.body.verdict, filtered.body.task_id]).toEqual([202, 'filtered', null]);
  for (const headers of [
    { 'x-hub-signature-256': '' },
    { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
  ]) {
    const refused = await call('github', opened, { headers: headers as never });
    expect([refused.status, refused.body.code]).toEqual([401, 'UNAUTHENTICATED']);
  }
  const malformed = await call('github', '{"action":"opened","action":"closed"}');
  expect([malformed.status, malformed.body.code]).toEqual([400, 'MALFORMED_REQUEST']);
  const large = await call('github', `"${'x'.repeat(1024 * 1024)}"`);
  expect([large.status, large.body.code]).toEqual([413, 'BODY_TOO_LARGE']);

  const list = await api.send('GET', `/api/v1/deliveries?trigger_id=${trigger.id}&limit=100`);
  const verdicts = list.body.data.map(({ verdict }: Json) => verdict);
  expect(verdicts.filter((verdict: string) => verdict === 'accepted')).toHaveLength(1);
  expect(verdicts.filter((verdict: string) => verdict === 'duplicate')).toHaveLength(19);
  expect(verdicts.filter((verdict: string) => verdict === 'filtered')).toHaveLength(1);
  expect(verdicts.filter((verdict: string) => verdict === 'refused').length).toBeGreaterThanOrEqual(4);
  const accepted = list.body.data.find(({ verdict }: Json) => verdict === 'accepted');
  const whole = await api.send('GET', `/api/v1/deliveries/${accepted.id}`);
  expect(whole.body).toMatchObject({
    body: JSON.stringify(opened),
    body_encoding: 'utf-8',
    key: 'one',
    tries: [],
  });

  const again = await api.send('POST', `/api/v1/deliveries/${accepted.id}/redeliver`, {
    headers: { 'idempotency-key': 'again' },
  });
  expect(again.body).toMatchObject({
    redelivery_of: accepted.id,
    verdict: 'accepted',
    redelivered_by: { name: 'admin' },
  });
  expect(again.body.task_id).not.toBe(accepted.task_id);
  const same = await api.send('POST', `/api/v1/deliveries/${accepted.id}/redeliver`, {
    headers: { 'idempotency-key': 'again' },
  });
  expect(same.body.id).toBe(again.body.id);

  const fired = await api.send('POST', `/api/v1/triggers/${trigger.id}/fire`, {
    body: { sample: { body: opened } },
  });
  expect(fired.body).toMatchObject({
    kind: 'webhook',
    task_id: expect.stringMatching(/^task_/),
    occurrence: null,
  });
  expect((await api.send('POST', `/api/v1/triggers/${trigger.id}/fire`)).body.errors[0].pointer).toBe(
    '/sample',
  );
});

test('an endpoint is kept with its secret shown once, changed, switched off and deleted', async () => {
  const { status, body } = await api.send('POST', '/api/v1/webhook-endpoints', {
    body: { url: 'https://example.invalid/hooks', statuses: ['completed', 'failed'] },
  });
  expect([status, typeof body.secret]).toEqual([201, 'string']);
  const path = `/api/v1/webhook-endpoints/${body.id}`;
  expect((await api.send('GET', path)).body).not.toHaveProperty('secret');
  const viewer = await api.keyOf('VIEWER');
  expect((await api.send('GET', path, { key: viewer })).body.url).toBe('https://example.invalid/…');
  const off = await api.send('PATCH', path, { body: { enabled: false, reason: 'Moving' } });
  expect(off.body).toMatchObject({
    disabled_at: expect.any(String),
    disabled_reason: expect.stringMatching(/Moving/),
  });
  const rotated = await api.send('PATCH', path, { body: { rotate_secret: true } });
  expect(rotated.body).toMatchObject({ secret: expect.any(String), secret_count: 2 });
  for (const url of [
    'http://127.0.0.1/',
    'http://10.1.2.3/',
    'http://[::ffff:7f00:1]/',
    'http://2130706433/',
    'ftp://example.com/',
    'nonsense',
  ]) {
    const refused = await api.send('POST', '/api/v1/webhook-endpoints', { body: { url } });
    expect([refused.status, refused.body.errors?.[0]?.pointer], url).toEqual([422, '/url']);
  }
  expect((await api.send('DELETE', path)).status).toBe(204);
  expect((await api.send('GET', path)).status).toBe(404);
  expect((await api.send('GET', '/api/v1/webhook-endpoints')).body.data).toEqual([]);
});

test('an If-Match where nothing carries an ETag is 412, and nothing is changed', async () => {
  const { body: trigger } = await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'cron', name: 'guarded', cron: '@daily', title: 'x' },
  });
  const path = `/api/v1/triggers/${trigger.id}`;
  const headers = { 'if-match': '"what-i-saw"' };
  const answers = [
    await api.send('PATCH', path, { body: { title: 'y' }, headers }),
    await api.send('DELETE', path, { headers }),
  ];
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
    [412, 'PRECONDITION_FAILED'],
    [412, 'PRECONDITION_FAILED'],
  ]);
  expect((await api.send('GET', path)).body.title).toBe('x');
  expect((await api.send('PATCH', path, { body: { title: 'y' }, headers: { 'if-match': '*' } })).status).toBe(
    200,
  );
});

test('a refusal uses the field names of REST and states what would be right', async () => {
  const { body: noKind } = await api.send('POST', '/api/v1/triggers', { body: { name: 'x' } });
  expect(noKind.errors).toEqual([{ pointer: '/kind', message: 'must be one of cron, webhook' }]);
  const { body: empty } = await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'cron', name: 'x', cron: '', title: 'x' },
  });
  expect(empty.errors[0].message).toMatch(/^is empty; use five fields .* or one of @hourly/);
  const { id } = await api.createTask();
  const { body: nothing } = await api.send('PATCH', `/api/v1/tasks/${id}`, { body: {} });
  expect(nothing.errors[0].message).toBe(
    'set at least one of title, description, agent, priority, not_before',
  );
});

test('REST accepts the field names of agents.yaml, but not both names of one field', async () => {
  const cron = {
    kind: 'cron',
    name: 'as-in-the-file',
    cron: '0 2 * * mon-fri',
    title: 'x',
    misfire_window: '12h',
  };
  const { status, body } = await api.send('POST', '/api/v1/triggers', { body: cron });
  expect([status, body.misfire_window_seconds]).toEqual([201, 43_200]);
  const hook = {
    kind: 'webhook',
    name: 'hook-as-in-the-file',
    webhook: 'as-in-the-file',
    verify: 'none',
    title: 'x',
  };
  const { body: made } = await api.send('POST', '/api/v1/triggers', { body: hook });
  expect(made.path).toBe('as-in-the-file');
  const refused = async (more: object) =>
    (await api.send('POST', '/api/v1/triggers', { body: { ...more, name: 'another' } })).body.errors[0];
  expect(await refused({ ...hook, path: 'other' })).toEqual({
    pointer: '/webhook',
    message: 'is another name for path; set only one of them',
  });
  expect((await refused({ ...hook, webhook: undefined })).message).toMatch(/^is required; set path/);
  expect(await refused({ ...cron, misfire_window: '6' })).toMatchObject({ pointer: '/misfire_window' });
  const moved = await api.send('PATCH', `/api/v1/triggers/${made.id}`, { body: { webhook: 'moved' } });
  expect(moved.body.path).toBe('moved');
});
