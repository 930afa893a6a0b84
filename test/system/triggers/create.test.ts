import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTrigger, readTriggerByPath } from '../../../src/store/triggers/triggers.ts';
import {
  type CreateCronTriggerInput,
  createCronTrigger,
} from '../../../src/triggers/commands/create-cron.ts';
import {
  type CreateWebhookTriggerInput,
  createWebhookTrigger,
} from '../../../src/triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../../../src/triggers/commands/delete.ts';
import { person } from '../../fixtures/tasks.ts';
import {
  cronInput,
  issuesOf,
  liveCount,
  type TestTriggers,
  testTriggers,
  webhookInput,
} from '../../fixtures/triggers.ts';

const ada = person('Ada');
const SECRET = 'a-secret-of-sixteen-and-more';

/** Where everything is refused, so that it serves many tests. */
let refusing: TestTriggers;
beforeAll(async () => {
  refusing = await testTriggers();
});
afterAll(() => refusing[Symbol.asyncDispose]());

describe('a cron trigger', () => {
  test('is created with the documented defaults, counts from now, and is published', async () => {
    await using app = await testTriggers();
    const trigger = await createCronTrigger(app.context, ada, cronInput({ agent: 'assistant' }));
    expect(trigger).toMatchObject({
      kind: 'cron',
      name: 'nightly',
      origin: 'api',
      agent: 'assistant',
      description: null,
      priority: 0,
      createdBy: ada.actor,
      actsFor: ada.keyId,
      timezone: 'UTC',
      overlap: 'skip',
      misfire: 'once',
      misfireWindowSeconds: 21_600,
      checkUrl: null,
      pausedAt: null,
      deletedAt: null,
    });
    expect(trigger.nextDueAt?.toISOString()).toMatch(/T02:00:00\.000Z$/);
    expect(trigger.nextDueAt?.getTime()).toBeGreaterThan(trigger.scannedUntil.getTime());
    const { rows } = await app.context.pool.query('select clock_timestamp() as now');
    expect(rows[0].now.getTime() - trigger.scannedUntil.getTime()).toBeLessThan(60_000);
    expect(await readTrigger(app.context.pool, trigger.id)).toEqual(trigger);
    expect(app.told).toEqual([trigger.id]);
  });

  test('is due by the clock of its zone', async () => {
    await using app = await testTriggers();
    const trigger = await createCronTrigger(app.context, ada, cronInput({ timezone: 'Asia/Kolkata' }));
    expect(trigger.nextDueAt?.toISOString()).toMatch(/T20:30:00\.000Z$/);
  });

  test.each<[string, Partial<CreateCronTriggerInput>, RegExp]>([
    ['an empty expression', { cron: '' }, /^cron: is empty; use five fields/],
    ['too few fields', { cron: '* *' }, /^cron: /],
    ['a minute that is none', { cron: '61 * * * *' }, /^cron: /],
    ['a day that never comes', { cron: '0 0 30 2 *' }, /^cron: is never due/],
    ['seconds', { cron: '* * * * * *' }, /^cron: /],
    ['a macro that is no time', { cron: '@reboot' }, /^cron: /],
    ['a word', { cron: 'never' }, /^cron: /],
    ['an interval', { cron: '0 seconds' }, /^cron: /],
    ['5,000 characters', { cron: '0 '.repeat(2500) }, /^cron: is longer than 200 characters$/],
    ['a zone of another planet', { timezone: 'Mars/Phobos' }, /^timezone: /],
    ['a title that does not compile', { title: '{{ a' }, /^title: .*line 1/],
    ['a filter that nobody knows', { description: 'a\n{{ a | shout }}' }, /^description: .*line 2/],
    ['an agent that is not configured', { agent: 'asistant' }, /^agent: unknown agent "asistant"/],
    ['a priority out of bounds', { priority: 101 }, /^priority: must be a whole number/],
    [
      'a rule for overlaps that there is none',
      { overlap: 'maybe' as never },
      /^overlap: must be one of skip, queue, allow$/,
    ],
    [
      'a rule for misfires that there is none',
      { misfire: 'twice' as never },
      /^misfire: must be one of skip, once, all$/,
    ],
    ['a window of a second', { misfireWindowSeconds: 1 }, /^misfireWindowSeconds: .* from 60 to 2678400$/],
    ['a private address to ask', { checkUrl: 'http://10.0.0.1/changed' }, /^checkUrl: /],
    ['the metadata service to ask', { checkUrl: 'http://169.254.169.254/' }, /^checkUrl: /],
    ['a decimal address to ask', { checkUrl: 'http://2130706433/' }, /^checkUrl: /],
    ['a hex address to ask', { checkUrl: 'http://0x7f000001/' }, /^checkUrl: /],
    ['an IPv6-mapped address to ask', { checkUrl: 'http://[::ffff:127.0.0.1]/' }, /^checkUrl: /],
    ['no name', { name: ' ' }, /^name: /],
    ['a name with a line break', { name: 'a\nb' }, /^name: must consist of letters/],
    ['a name of 101 letters', { name: 'a'.repeat(101) }, /^name: is longer than 100 characters/],
  ])('is refused with %s, and nothing is made', async (_, wrong, message) => {
    const app = refusing;
    const issues = await issuesOf(createCronTrigger(app.context, ada, cronInput(wrong)));
    expect(issues[0]).toMatch(message);
    expect(await liveCount(app)).toBe(0);
    expect(app.told).toEqual([]);
  });

  test('with several problems is refused with all of them', async () => {
    await using app = await testTriggers();
    const input = cronInput({ name: '', cron: 'x', timezone: 'y', title: '{% z %}', agent: 'nobody' });
    const issues = await issuesOf(createCronTrigger(app.context, ada, input));
    expect(new Set(issues.map((issue) => issue.split(':', 1)[0]))).toEqual(
      new Set(['name', 'cron', 'timezone', 'title', 'agent']),
    );
  });
});

describe('a webhook trigger', () => {
  test('is made with a secret that is shown once, and found by its path', async () => {
    await using app = await testTriggers();
    const { trigger, secret } = await createWebhookTrigger(app.context, ada, webhookInput());
    expect(trigger).toMatchObject({
      kind: 'webhook',
      path: 'github',
      verify: 'github',
      verifyHeader: null,
      secrets: [secret],
      when: null,
      dedupeSeconds: 60,
      actsFor: ada.keyId,
    });
    expect(secret?.length).toBeGreaterThanOrEqual(40);
    expect(await readTriggerByPath(app.context.pool, 'github')).toEqual(trigger);
    expect(await readTriggerByPath(app.context.pool, 'GitHub')).toBeUndefined();
    expect(app.told).toEqual([trigger.id]);
  });

  test('verifies by Standard Webhooks by default, with a secret of its format', async () => {
    await using app = await testTriggers();
    const input = { name: 'a', path: 'a', title: 'a' };
    const { trigger, secret } = await createWebhookTrigger(app.context, ada, input);
    expect(trigger.verify).toBe('standard');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  test('keeps a secret that was given, and does not show it', async () => {
    await using app = await testTriggers();
    const slack = webhookInput({ verify: 'slack', secret: SECRET });
    expect(await createWebhookTrigger(app.context, ada, slack)).toMatchObject({
      secret: null,
      trigger: { secrets: [SECRET] },
    });
    const two = webhookInput({ name: 'b', path: 'b', verify: 'header', secrets: [SECRET, `${SECRET}-2`] });
    expect(await createWebhookTrigger(app.context, ada, two)).toMatchObject({
      secret: null,
      trigger: { verifyHeader: 'x-webhook-secret', secrets: [SECRET, `${SECRET}-2`] },
    });
  });

  test('without verification is allowed, with a warning', async () => {
    await using app = await testTriggers();
    const made = await createWebhookTrigger(app.context, ada, webhookInput({ verify: 'none' }));
    expect(made).toMatchObject({ secret: null, trigger: { verify: 'none', secrets: [] } });
    expect(app.lines).toEqual([
      expect.stringMatching(/"level":40.*does not verify its sender.*POST \/webhooks\/github/),
    ]);
  });

  test.each<[string, Partial<CreateWebhookTriggerInput>, RegExp]>([
    ['a path with a slash', { path: 'a/b' }, /^path: must consist of letters, digits, "-" and "_"/],
    ['a path of nothing', { path: '' }, /^path: is empty/],
    ['a scheme that there is none', { verify: 'hub' as never }, /^verify: must be one of standard, github/],
    ['a condition that does not compile', { when: 'body.action ==' }, /^when: .*line 1/],
    ['a condition that is no yes or no', { when: '"yes"' }, /^when: /],
    ['a title that does not compile', { title: '{% if %}' }, /^title: /],
    [
      'Stripe without the secret that Stripe shows',
      { verify: 'stripe' },
      /^secret: is missing: copy it from stripe/,
    ],
    [
      'Slack without the secret that Slack shows',
      { verify: 'slack' },
      /^secret: is missing: copy it from slack/,
    ],
    ['a short secret', { secret: 'short' }, /^secret: must have at least 16 characters/],
    [
      'a secret that no header can carry',
      { secret: 'ünprintable-secret' },
      /^secret: must be printable ASCII/,
    ],
    [
      'a standard secret that is no base64',
      { verify: 'standard', secret: 'whsec_not-base64-at-all!' },
      /^secret: must be whsec_/,
    ],
    [
      'a secret that nothing looks at',
      { verify: 'none', secret: SECRET },
      /^secret: is not used by verify none/,
    ],
    ['three secrets', { secrets: [SECRET, `${SECRET}2`, `${SECRET}3`] }, /^secrets: must be at most 2/],
    ['one secret twice', { secrets: [SECRET, SECRET] }, /^secrets: must not contain the same secret twice/],
    ['a second secret that is short', { secrets: [SECRET, 'short'] }, /^secrets\.1: must have at least 16/],
    ['secrets in both ways', { secret: SECRET, secrets: [SECRET] }, /^secrets: set either secret or secrets/],
    [
      'a header for a scheme that has its own',
      { verifyHeader: 'x-token' },
      /^verifyHeader: is only for verify header/,
    ],
    [
      'a header that is no name',
      { verify: 'header', verifyHeader: 'x token' },
      /^verifyHeader: must be a valid header name/,
    ],
    [
      'a header with a meaning of its own',
      { verify: 'header', verifyHeader: 'Host' },
      /^verifyHeader: must not be host, which has a meaning in HTTP/,
    ],
    [
      'a secret with the word before it',
      { verify: 'header', verifyHeader: 'Authorization', secret: `Bearer ${SECRET}` },
      /^secret: must not include the word "Bearer"/,
    ],
    ['a repetition over two days', { dedupeSeconds: 172_800 }, /^dedupeSeconds: .* from 0 to 86400/],
  ])('is refused with %s, and nothing is made', async (_, wrong, message) => {
    const app = refusing;
    const issues = await issuesOf(createWebhookTrigger(app.context, ada, webhookInput(wrong)));
    expect(issues[0]).toMatch(message);
    expect(issues.join()).not.toContain(SECRET);
    expect(await liveCount(app)).toBe(0);
  });
});

describe('a name and a path', () => {
  test('are each one live trigger’s, and free when it is deleted', async () => {
    await using app = await testTriggers();
    const { trigger } = await createWebhookTrigger(app.context, ada, webhookInput());
    expect(await issuesOf(createCronTrigger(app.context, ada, cronInput({ name: 'github' })))).toEqual([
      'name: is in use by another trigger; choose another name',
    ]);
    expect(await issuesOf(createWebhookTrigger(app.context, ada, webhookInput({ name: 'b' })))).toEqual([
      'path: is in use by another webhook; choose another path',
    ]);
    await deleteTrigger(app.context, ada, trigger);
    const again = await createWebhookTrigger(app.context, ada, webhookInput());
    expect(again.trigger.id).not.toBe(trigger.id);
  });

  test('that 20 callers want at once is given to one; the others are refused, and nothing is half created', async () => {
    await using app = await testTriggers();
    const creations = Array.from({ length: 20 }, (_, index) =>
      createWebhookTrigger(
        app.context,
        ada,
        webhookInput(index % 2 === 0 ? { path: `p${index}` } : { name: `n${index}` }),
      ),
    );
    const outcomes = await Promise.allSettled(creations);
    const won = outcomes.filter(({ status }) => status === 'fulfilled');
    // The name's ten and the path's ten: one each, or one who has both.
    expect(won.length).toBeGreaterThanOrEqual(1);
    expect(won.length).toBeLessThanOrEqual(2);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'VALIDATION' });
    }
    expect(await liveCount(app)).toBe(won.length);
  });

  test('are of 1,000 triggers at most', async () => {
    await using app = await testTriggers();
    await app.context.pool.query(
      `insert into triggers (id, kind, name, origin, title, created_by, cron, timezone, overlap, misfire,
        misfire_window_seconds, scanned_until)
      select 'trg_' || i, 'cron', 'n' || i, 'api', 't', $1, '0 0 * * *', 'UTC', 'skip', 'once', 60, now()
      from generate_series(1, 999) i`,
      [JSON.stringify(ada.actor)],
    );
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => createCronTrigger(app.context, ada, cronInput({ name }))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await issuesOf(createCronTrigger(app.context, ada, cronInput()))).toEqual([
      ': the maximum of 1000 triggers is reached; delete one first',
    ]);
  });
});
