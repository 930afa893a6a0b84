import { describe, expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import type { CronTrigger, Trigger } from '../../../src/domain/trigger.ts';
import { readTrigger } from '../../../src/store/triggers/triggers.ts';
import { createCronTrigger } from '../../../src/triggers/commands/create-cron.ts';
import { createWebhookTrigger } from '../../../src/triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../../../src/triggers/commands/delete.ts';
import { pauseTrigger } from '../../../src/triggers/commands/pause.ts';
import { resumeTrigger } from '../../../src/triggers/commands/resume.ts';
import { updateTrigger } from '../../../src/triggers/commands/update.ts';
import { person } from '../../fixtures/tasks.ts';
import {
  cronInput,
  issuesOf,
  type TestTriggers,
  testTriggers,
  webhookInput,
} from '../../fixtures/triggers.ts';

const ada = person('Ada');
const ben = person('Ben');
const OLD = 'the-old-secret-0123456789';
const NEW = 'the-new-secret-0123456789';

/** As if the schedule had been looked at an hour ago and nothing since. */
async function leftAlone({ context }: TestTriggers, id: string): Promise<Date> {
  const { rows } = await context.pool.query(
    `update triggers set scanned_until = now() - interval '1 hour', next_due_at = now() - interval '30 minutes'
     where id = $1 returning scanned_until`,
    [id],
  );
  return rows[0].scanned_until as Date;
}

function scannedUntil(trigger: Trigger): number {
  return trigger.kind === 'cron' ? trigger.scannedUntil.getTime() : 0;
}

describe('a change', () => {
  test('keeps what it does not name, and null empties', async () => {
    await using app = await testTriggers();
    const made = await createCronTrigger(
      app.context,
      ada,
      cronInput({ agent: 'assistant', description: 'd', checkUrl: 'https://example.com/x', priority: 5 }),
    );
    const renamed = await updateTrigger(app.context, ben, { id: made.id, name: 'weekly', overlap: 'queue' });
    expect(renamed).toEqual({ ...made, name: 'weekly', overlap: 'queue', updatedAt: renamed.updatedAt });
    const nothing = { agent: null, description: null, checkUrl: null };
    expect(await updateTrigger(app.context, ben, { id: made.id, ...nothing })).toMatchObject({
      ...nothing,
      priority: 5,
      createdBy: ada.actor,
      actsFor: ada.keyId,
    });
    expect(app.told).toEqual([made.id, made.id, made.id]);
  });

  test('of the expression or the zone counts from now; any other change keeps the schedule', async () => {
    await using app = await testTriggers();
    const { id } = await createCronTrigger(app.context, ada, cronInput());
    const before = await leftAlone(app, id);
    const titled = await updateTrigger(app.context, ada, { id, title: 'b', cron: '0 2 * * *' });
    expect(scannedUntil(titled)).toBe(before.getTime());
    const moved = (await updateTrigger(app.context, ada, { id, timezone: 'Asia/Kolkata' })) as CronTrigger;
    expect(scannedUntil(moved)).toBeGreaterThan(before.getTime() + 1_800_000);
    expect(moved.nextDueAt?.toISOString()).toMatch(/T20:30:00\.000Z$/);
    await leftAlone(app, id);
    const other = (await updateTrigger(app.context, ada, { id, cron: '5 4 * * *' })) as CronTrigger;
    expect(scannedUntil(other)).toBeGreaterThan(before.getTime() + 1_800_000);
    expect(other.nextDueAt?.toISOString()).toMatch(/T22:35:00\.000Z$/);
  });

  test('of the check URL deletes the validators of the previous URL', async () => {
    await using app = await testTriggers();
    const made = await createCronTrigger(app.context, ada, cronInput({ checkUrl: 'https://example.com/a' }));
    await app.context.pool.query(`update triggers set check_state = '{"etag":"x","lastModified":null}'`);
    const titled = await updateTrigger(app.context, ada, { id: made.id, title: 'b' });
    expect(titled).toMatchObject({ checkState: { etag: 'x' } });
    const moved = await updateTrigger(app.context, ada, { id: made.id, checkUrl: 'https://example.com/b' });
    expect(moved).toMatchObject({ checkState: null });
  });

  test('to the same writes nothing', async () => {
    await using app = await testTriggers();
    const made = await createCronTrigger(app.context, ada, cronInput());
    await app.context.pool.query(`update triggers set updated_at = '2001-01-01'`);
    const same = await updateTrigger(app.context, ada, { id: made.id, name: made.name, cron: made.cron });
    expect(same.updatedAt.getUTCFullYear()).toBe(2001);
  });

  test('that is empty, or invalid for a new trigger, is refused and changes nothing', async () => {
    await using app = await testTriggers();
    const made = await createCronTrigger(app.context, ada, cronInput());
    const { id } = made;
    expect(await issuesOf(updateTrigger(app.context, ada, { id }))).toEqual([
      expect.stringMatching(/^: set at least one of name, /),
    ]);
    const wrong = { id, name: 'fine', cron: '61 * * * *', title: '{{', agent: 'nobody' };
    expect(await issuesOf(updateTrigger(app.context, ada, wrong))).toHaveLength(3);
    expect(await issuesOf(updateTrigger(app.context, ada, { id, title: null as never }))).toHaveLength(1);
    expect(await readTrigger(app.context.pool, id)).toEqual(made);
  });

  test('of a field that only the other kind has is refused', async () => {
    await using app = await testTriggers();
    const { id } = await createCronTrigger(app.context, ada, cronInput());
    expect(await issuesOf(updateTrigger(app.context, ada, { id, path: 'p', secret: NEW }))).toEqual([
      'path: belongs to a webhook; this trigger is a cron trigger, and its kind cannot be changed',
      'secret: belongs to a webhook; this trigger is a cron trigger, and its kind cannot be changed',
    ]);
    const { trigger } = await createWebhookTrigger(app.context, ada, webhookInput());
    expect(await issuesOf(updateTrigger(app.context, ada, { id: trigger.id, cron: '* * * * *' }))).toEqual([
      'cron: belongs to a cron trigger; this trigger is a webhook, and its kind cannot be changed',
    ]);
  });

  test('to a name or path that another has is refused, and two at once get one', async () => {
    await using app = await testTriggers();
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => createWebhookTrigger(app.context, ada, webhookInput({ name, path: name }))),
    );
    const ids = [a?.trigger.id ?? '', b?.trigger.id ?? ''];
    expect(await issuesOf(updateTrigger(app.context, ada, { id: ids[0] ?? '', path: 'b' }))).toEqual([
      'path: is in use by another webhook; choose another path',
    ]);
    const outcomes = await Promise.allSettled(
      ids.map((id) => updateTrigger(app.context, ada, { id, name: 'wanted' })),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('by many at once loses none of them', async () => {
    await using app = await testTriggers();
    const { id } = await createCronTrigger(app.context, ada, cronInput());
    await Promise.all([
      updateTrigger(app.context, ada, { id, name: 'renamed' }),
      updateTrigger(app.context, ada, { id, title: 'titled' }),
      updateTrigger(app.context, ada, { id, priority: 7 }),
      pauseTrigger(app.context, ada, { id, reason: 'why' }),
    ]);
    expect(await readTrigger(app.context.pool, id)).toMatchObject({
      name: 'renamed',
      title: 'titled',
      priority: 7,
      pauseReason: 'why',
    });
  });
});

describe('a rotation', () => {
  test('has two secrets live, then drops the old one; asked for twice it is the same', async () => {
    await using app = await testTriggers();
    const made = await createWebhookTrigger(app.context, ada, webhookInput({ secret: OLD }));
    const { id } = made.trigger;
    expect(await updateTrigger(app.context, ada, { id, secret: NEW })).toMatchObject({ secrets: [NEW, OLD] });
    expect(await updateTrigger(app.context, ada, { id, secret: NEW })).toMatchObject({ secrets: [NEW, OLD] });
    expect(await updateTrigger(app.context, ada, { id, dropOldSecret: true })).toMatchObject({
      secrets: [NEW],
    });
    expect(await updateTrigger(app.context, ada, { id, dropOldSecret: true })).toMatchObject({
      secrets: [NEW],
    });
  });

  test('never has a third, and drops the others at once with dropOldSecret', async () => {
    await using app = await testTriggers();
    const { trigger } = await createWebhookTrigger(app.context, ada, webhookInput({ secrets: [NEW, OLD] }));
    const { id } = trigger;
    const third = `${NEW}-3`;
    expect(await updateTrigger(app.context, ada, { id, secret: third })).toMatchObject({
      secrets: [third, NEW],
    });
    const leaked = { id, secret: OLD, dropOldSecret: true };
    expect(await updateTrigger(app.context, ada, leaked)).toMatchObject({ secrets: [OLD] });
    expect(await issuesOf(updateTrigger(app.context, ada, { id, secret: 'short' }))).toEqual([
      'secret: must have at least 16 characters',
    ]);
  });

  test('to another scheme needs a secret of that scheme, and takes the old one no more', async () => {
    await using app = await testTriggers();
    const { trigger } = await createWebhookTrigger(app.context, ada, webhookInput({ secret: OLD }));
    const { id } = trigger;
    expect(await issuesOf(updateTrigger(app.context, ada, { id, verify: 'standard' }))).toEqual([
      expect.stringMatching(/^secret: must be whsec_/),
    ]);
    expect(await updateTrigger(app.context, ada, { id, verify: 'header', secret: NEW })).toMatchObject({
      verify: 'header',
      verifyHeader: 'x-webhook-secret',
      secrets: [NEW],
    });
    expect(await updateTrigger(app.context, ada, { id, verifyHeader: 'X-Token' })).toMatchObject({
      verifyHeader: 'x-token',
      secrets: [NEW],
    });
    expect(await updateTrigger(app.context, ada, { id, verify: 'none' })).toMatchObject({
      verifyHeader: null,
      secrets: [],
    });
    expect(app.lines).toEqual([expect.stringContaining('does not verify its sender')]);
    expect(await issuesOf(updateTrigger(app.context, ada, { id, verify: 'github' }))).toEqual([
      'secret: is missing',
    ]);
  });
});

describe('a pause', () => {
  test('is recorded with actor and reason, keeps the first ones, and makes up nothing at its end', async () => {
    await using app = await testTriggers();
    const { id } = await createCronTrigger(app.context, ada, cronInput({ misfire: 'all' }));
    const paused = await pauseTrigger(app.context, ada, { id, reason: 'on holiday' });
    expect(paused).toMatchObject({ pausedBy: ada.actor, pauseReason: 'on holiday' });
    expect(await pauseTrigger(app.context, ben, { id })).toEqual(paused);
    const before = await leftAlone(app, id);
    const resumed = (await resumeTrigger(app.context, ben, { id })) as CronTrigger;
    expect(resumed).toMatchObject({ pausedAt: null, pausedBy: null, pauseReason: null });
    expect(resumed.scannedUntil.getTime()).toBeGreaterThan(before.getTime() + 1_800_000);
    expect(resumed.nextDueAt?.getTime()).toBeGreaterThan(resumed.scannedUntil.getTime());
    await leftAlone(app, id);
    const again = await resumeTrigger(app.context, ben, { id });
    expect(scannedUntil(again)).toBeLessThan(resumed.scannedUntil.getTime());
    expect(app.told).toHaveLength(5);
  });

  test('needs no reason, and one of at most 1,000 characters', async () => {
    await using app = await testTriggers();
    const { trigger } = await createWebhookTrigger(app.context, ada, webhookInput());
    const { id } = trigger;
    expect(await issuesOf(pauseTrigger(app.context, ada, { id, reason: 'x'.repeat(1001) }))).toHaveLength(1);
    expect(await pauseTrigger(app.context, ada, { id })).toMatchObject({ pauseReason: null });
    expect(await resumeTrigger(app.context, ada, { id })).toMatchObject({ pausedAt: null });
  });
});

describe('a deleted trigger', () => {
  test('stays stored without its secrets, and is NOT_FOUND for every caller', async () => {
    await using app = await testTriggers();
    const { trigger } = await createWebhookTrigger(app.context, ada, webhookInput());
    const { id } = trigger;
    const deleted = await deleteTrigger(app.context, ada, { id });
    expect(deleted.deletedAt).not.toBeNull();
    expect(await readTrigger(app.context.pool, id)).toEqual({ ...deleted, secrets: [] });
    const outcomes = await Promise.allSettled([
      deleteTrigger(app.context, ada, { id }),
      updateTrigger(app.context, ada, { id, title: 'b' }),
      pauseTrigger(app.context, ada, { id }),
      resumeTrigger(app.context, ada, { id }),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    }
  });

  test.each([newId('trigger'), newId('task'), '', 'x'.repeat(5000)])('never was: %.40s', async (id) => {
    await using app = await testTriggers();
    await expect(deleteTrigger(app.context, ada, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a right', () => {
  test('to change triggers is a member’s and an admin’s, not a viewer’s or an agent’s', async () => {
    await using app = await testTriggers();
    const { id } = await createCronTrigger(app.context, ada, cronInput({ name: 'there' }));
    for (const role of ['viewer', 'agent', 'member', 'admin'] as const) {
      const caller = person(role, role);
      const outcomes = await Promise.allSettled([
        createCronTrigger(app.context, caller, cronInput({ name: role })),
        createWebhookTrigger(app.context, caller, webhookInput({ name: `${role} hook`, path: role })),
        updateTrigger(app.context, caller, { id, title: role }),
        pauseTrigger(app.context, caller, { id }),
        resumeTrigger(app.context, caller, { id }),
      ]);
      const isAllowed = role === 'member' || role === 'admin';
      for (const outcome of outcomes) {
        if (isAllowed) expect(outcome.status).toBe('fulfilled');
        else expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'FORBIDDEN' } });
      }
    }
    const refused = deleteTrigger(app.context, person('Vic', 'viewer'), { id });
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await deleteTrigger(app.context, person('Meg', 'member'), { id });
  });
});
