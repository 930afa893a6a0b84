import { describe, expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import type { CronTrigger, Trigger } from '../../../src/domain/trigger.ts';
import { readTrigger } from '../../../src/store/triggers/triggers.ts';
import { createCronTrigger } from '../../../src/triggers/commands/create-cron.ts';
import { createWebhookTrigger } from '../../../src/triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../../../src/triggers/commands/delete.ts';
import { pauseTrigger } from '../../../src/triggers/commands/pause.ts';
import { updateTrigger } from '../../../src/triggers/commands/update.ts';
import { type FileTrigger, syncFileTriggers } from '../../../src/triggers/file/sync.ts';
import { createFileUpkeep } from '../../../src/triggers/file/upkeep.ts';
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

function cron(name: string, more: Partial<Extract<FileTrigger, { kind: 'cron' }>> = {}): FileTrigger {
  return {
    kind: 'cron',
    name,
    agent: null,
    title: name,
    description: null,
    priority: 0,
    cron: '0 2 * * *',
    timezone: 'UTC',
    overlap: 'skip',
    misfire: 'once',
    misfireWindowSeconds: 3600,
    checkUrl: null,
    ...more,
  };
}

function webhook(name: string, more: Partial<Extract<FileTrigger, { kind: 'webhook' }>> = {}): FileTrigger {
  return {
    kind: 'webhook',
    name,
    agent: null,
    title: name,
    description: null,
    priority: 0,
    path: name,
    verify: 'github',
    verifyHeader: null,
    secrets: ['the-secret-of-the-file-1'],
    when: null,
    dedupeSeconds: 60,
    ...more,
  };
}

async function live({ context }: TestTriggers): Promise<Map<string, Trigger>> {
  const { rows } = await context.pool.query<{ id: string }>(
    'select id from triggers where deleted_at is null order by name',
  );
  const triggers = await Promise.all(rows.map(({ id }) => readTrigger(context.pool, id)));
  return new Map(triggers.flatMap((trigger) => (trigger ? [[trigger.name, trigger]] : [])));
}

describe('the triggers of the file', () => {
  test('are created by the file as the system, and published', async () => {
    await using app = await testTriggers();
    const done = await syncFileTriggers(app.context, [cron('a'), webhook('b')]);
    const triggers = await live(app);
    expect([...triggers.keys()]).toEqual(['a', 'b']);
    expect(triggers.get('a')).toMatchObject({
      ...cron('a'),
      origin: 'file',
      createdBy: { kind: 'system', id: 'agents.yaml', name: 'agents.yaml' },
      actsFor: null,
    });
    expect(triggers.get('b')).toMatchObject(webhook('b'));
    const ids = [...triggers.values()].map(({ id }) => id);
    expect(done).toEqual({ changed: ids, leftOut: [] });
    expect(app.told).toEqual(ids);
  });

  test('that are the same are not touched: schedule, pause and record go on', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [cron('a'), webhook('b')]);
    await app.context.pool.query(
      `update triggers set scanned_until = '2001-01-01', updated_at = '2001-01-01'`,
    );
    const a = (await live(app)).get('a');
    await pauseTrigger(app.context, ada, { id: a?.id ?? '', reason: 'why' });
    const before = await live(app);
    app.told.length = 0;
    expect(await syncFileTriggers(app.context, [cron('a'), webhook('b')])).toEqual({
      changed: [],
      leftOut: [],
    });
    expect(await live(app)).toEqual(before);
    expect(app.told).toEqual([]);
  });

  test('are changed as the file is: under another time from now on, otherwise with their schedule', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [cron('a'), cron('b'), webhook('c')]);
    await app.context.pool.query(`update triggers set scanned_until = '2001-01-01' where kind = 'cron'`);
    const before = await live(app);
    await pauseTrigger(app.context, ada, { id: before.get('b')?.id ?? '' });
    const secrets = ['the-secret-of-the-file-2', 'the-secret-of-the-file-1'];
    await syncFileTriggers(app.context, [
      cron('a', { title: 'new' }),
      cron('b', { timezone: 'Asia/Kolkata' }),
      webhook('c', { secrets }),
    ]);
    const after = await live(app);
    for (const [name, { id }] of after) expect(id).toBe(before.get(name)?.id);
    expect(after.get('a')).toMatchObject({ title: 'new', scannedUntil: new Date('2001-01-01') });
    const moved = after.get('b') as CronTrigger;
    expect(moved.scannedUntil.getUTCFullYear()).toBeGreaterThan(2001);
    expect(moved.nextDueAt?.toISOString()).toMatch(/T20:30:00\.000Z$/);
    expect(moved.pausedAt).not.toBeNull();
    expect(after.get('c')).toMatchObject({ secrets });
  });

  test('that it no longer has are deleted, and are new triggers when they return', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [cron('a'), webhook('b')]);
    const first = await live(app);
    await syncFileTriggers(app.context, [cron('a')]);
    expect([...(await live(app)).keys()]).toEqual(['a']);
    expect(await readTrigger(app.context.pool, first.get('b')?.id ?? '')).toMatchObject({ secrets: [] });
    await syncFileTriggers(app.context, [cron('a'), webhook('b')]);
    expect((await live(app)).get('b')?.id).not.toBe(first.get('b')?.id);
    await syncFileTriggers(app.context, []);
    expect(await liveCount(app)).toBe(0);
  });

  test('may be renamed, change their kind, hand a path on, and swap paths, in one edit', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [
      cron('old'),
      cron('turns'),
      webhook('gives', { path: 'given' }),
      webhook('left', { path: 'l' }),
      webhook('right', { path: 'r' }),
    ]);
    const before = await live(app);
    const wanted = [
      cron('new'),
      webhook('turns'),
      webhook('gives', { path: 'other' }),
      webhook('takes', { path: 'given' }),
      webhook('left', { path: 'r' }),
      webhook('right', { path: 'l' }),
    ];
    expect((await syncFileTriggers(app.context, wanted)).leftOut).toEqual([]);
    const after = await live(app);
    for (const trigger of wanted) expect(after.get(trigger.name)).toMatchObject(trigger);
    expect(after.size).toBe(wanted.length);
    expect(after.get('left')?.id).toBe(before.get('left')?.id);
    expect(after.get('turns')?.id).not.toBe(before.get('turns')?.id);
  });

  test('are not changed and not deleted through the API, only paused', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [cron('a')]);
    const id = (await live(app)).get('a')?.id ?? '';
    const refusal = [
      'id: this trigger comes from agents.yaml; change it there. Only pausing and firing are possible here',
    ];
    expect(await issuesOf(updateTrigger(app.context, ada, { id, title: 'b' }))).toEqual(refusal);
    expect(await issuesOf(deleteTrigger(app.context, ada, { id }))).toEqual(refusal);
    expect(await pauseTrigger(app.context, ada, { id })).toMatchObject({ pausedBy: ada.actor });
  });

  test('leave alone what the API made; one whose name or path it has is left out', async () => {
    await using app = await testTriggers();
    const nightly = await createCronTrigger(app.context, ada, cronInput());
    const { trigger: github } = await createWebhookTrigger(app.context, ada, webhookInput());
    const wanted = [cron('nightly'), webhook('hook', { path: 'github' }), cron('fine')];
    const done = await syncFileTriggers(app.context, wanted);
    expect(done.leftOut).toEqual([
      {
        name: 'nightly',
        reason: `its name is used by the trigger ${nightly.id}, which was created through the API`,
      },
      {
        name: 'hook',
        reason: `its path github is used by the trigger "github" (${github.id}), which was created through the API`,
      },
    ]);
    const triggers = await live(app);
    expect([...triggers.keys()]).toEqual(['fine', 'github', 'nightly']);
    expect(triggers.get('nightly')).toEqual(nightly);
    expect(triggers.get('github')).toEqual(github);
  });

  test('whose path is still held by one that is left out are also left out, and the rest is applied', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [webhook('a'), webhook('b')]);
    await createWebhookTrigger(app.context, ada, webhookInput({ name: 'theirs', path: 'c' }));
    const { leftOut } = await syncFileTriggers(app.context, [
      webhook('a', { path: 'b' }),
      webhook('b', { path: 'c' }),
      webhook('new'),
    ]);
    expect(leftOut.map(({ name }) => name)).toEqual(['b', 'a']);
    const paths = [...(await live(app)).values()].map(
      (one) => one.kind === 'webhook' && [one.name, one.path],
    );
    expect(paths).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['new', 'new'],
      ['theirs', 'c'],
    ]);
  });

  test('beyond 1,000 are left out', async () => {
    await using app = await testTriggers();
    await createCronTrigger(app.context, ada, cronInput());
    const wanted = Array.from({ length: 1000 }, (_, index) => cron(`n${index}`));
    const { leftOut } = await syncFileTriggers(app.context, wanted);
    expect(leftOut).toEqual([
      { name: 'n999', reason: 'the maximum of 1000 triggers is reached; delete one first' },
    ]);
  });

  test('are made once by ten instances that start at once', async () => {
    await using app = await testTriggers();
    const wanted = [cron('a'), webhook('b'), cron('c')];
    const done = await Promise.all(Array.from({ length: 10 }, () => syncFileTriggers(app.context, wanted)));
    expect(done.flatMap(({ changed }) => changed)).toHaveLength(3);
    expect(await liveCount(app)).toBe(3);
  });
});

describe('the upkeep', () => {
  test('touches nothing without a file', async () => {
    await using app = await testTriggers();
    await syncFileTriggers(app.context, [cron('of another instance')]);
    await using upkeep = createFileUpkeep(app.context, () => undefined);
    await upkeep.look();
    expect(await liveCount(app)).toBe(1);
  });

  test('logs what is left out once, and applies it when the conflict is gone', async () => {
    await using app = await testTriggers();
    const { id } = await createCronTrigger(app.context, ada, cronInput());
    await using upkeep = createFileUpkeep(app.context, () => [cron('nightly')]);
    await upkeep.look();
    await upkeep.look();
    expect(app.lines.filter((line) => line.includes('is left out'))).toHaveLength(1);
    await deleteTrigger(app.context, ada, { id });
    // Queued behind the look that the deletion's hint has begun.
    await upkeep.look();
    expect((await live(app)).get('nightly')).toMatchObject({ origin: 'file' });
  });

  test('tries again while the database fails, and never throws', async () => {
    await using app = await testTriggers();
    let failures = 1;
    const pool = new Proxy(app.context.pool, {
      get: (target, key) => {
        if (key === 'connect' && failures > 0) {
          return () => {
            failures -= 1;
            return Promise.reject(new Error('away'));
          };
        }
        return Reflect.get(target, key, target);
      },
    });
    const taken = new Promise<void>((resolve) => {
      app.context.pubsub.subscribe('triggers', () => resolve());
    });
    await using upkeep = createFileUpkeep({ ...app.context, pool }, () => [cron('a')]);
    await upkeep.look();
    expect(await liveCount(app)).toBe(0);
    await taken;
    expect(await liveCount(app)).toBe(1);
  });

  test('never logs a secret', async () => {
    await using app = await testTriggers();
    await using upkeep = createFileUpkeep(app.context, () => [webhook('b')]);
    await upkeep.look();
    app.context.log.info({ trigger: (await live(app)).get('b'), id: newId('trigger') }, 'whole');
    expect(app.lines.join('')).not.toContain('the-secret-of-the-file');
  });
});
