import { expect, test } from 'vitest';
import { newId } from '../../../../src/core/ids.ts';
import { readSchedule } from '../../../../src/domain/schedule.ts';
import { nearTriggers, recordScan } from '../../../../src/store/triggers/occurrences-scan.ts';
import { dueOccurrences, latestBetween, type Scanned } from '../../../../src/triggers/cron/missed.ts';
import { scanDue } from '../../../../src/triggers/cron/scan.ts';
import { harness, occurrencesOf, putTrigger } from '../../../fixtures/cron.ts';
import { testTasks } from '../../../fixtures/tasks.ts';

const HOUR = 3_600_000;

function found(cron: string, fields: Partial<Scanned> & { since: string; until: string }) {
  const trigger = {
    misfire: fields.misfire ?? 'once',
    misfireWindowSeconds: fields.misfireWindowSeconds ?? 6 * 3_600,
    scannedUntil: new Date(fields.since),
  } as const;
  return dueOccurrences(trigger, readSchedule(cron, 'UTC'), new Date(fields.until)).map(
    ({ dueAt, kind, skippedFor }) => [
      dueAt.toISOString().slice(11, 19),
      kind,
      skippedFor?.split(',')[0] ?? null,
    ],
  );
}

test('a moment noticed within a minute is as scheduled, the one scanned before does not come again', () => {
  expect(found('* * * * *', { since: '2026-01-01T10:00:00Z', until: '2026-01-01T10:02:00Z' })).toEqual([
    ['10:01:00', 'schedule', null],
    ['10:02:00', 'schedule', null],
  ]);
  expect(found('0 10 * * *', { since: '2026-01-01T09:00:00Z', until: '2026-01-01T10:01:00Z' })).toEqual([
    ['10:00:00', 'schedule', null],
  ]);
  expect(found('0 10 * * *', { since: '2026-01-01T09:00:00Z', until: '2026-01-01T10:01:00.001Z' })).toEqual([
    ['10:00:00', 'misfire', null],
  ]);
});

test.each([
  ['skip', Array(3).fill('misfire: missed; the rule skip makes up none')],
  [
    'once',
    [
      'misfire: missed; the rule once makes up only the last one',
      'misfire: missed; the rule once makes up only the last one',
      null,
    ],
  ],
  ['all', [null, null, null]],
] as const)('after an outage, misfire %s makes up what it says', (misfire, reasons) => {
  expect(
    found('0 * * * *', { misfire, since: '2026-01-01T07:30:00Z', until: '2026-01-01T10:30:00Z' }),
  ).toEqual([
    ['08:00:00', 'misfire', reasons[0]],
    ['09:00:00', 'misfire', reasons[1]],
    ['10:00:00', 'misfire', reasons[2]],
  ]);
});

test('a moment missed before the misfire window is not made up, and is recorded', () => {
  const window = {
    misfireWindowSeconds: 3_600,
    since: '2026-01-01T07:30:00Z',
    until: '2026-01-01T10:30:00Z',
  };
  const late = 'misfire: missed; older than the misfire window';
  expect(found('0 * * * *', { misfire: 'all', ...window }).map(([, , reason]) => reason)).toEqual([
    late,
    late,
    null,
  ]);
  expect(found('0 8 * * *', { misfire: 'once', ...window }).map(([, , reason]) => reason)).toEqual([late]);
});

test('a year of outage gives a hundred occurrences, and the first states how many are not listed', () => {
  const trigger = {
    misfire: 'once',
    misfireWindowSeconds: 6 * 3_600,
    scannedUntil: new Date('2025-01-01T00:00:00Z'),
  } as const;
  const readAt = new Date('2026-01-01T00:00:30Z');
  const occurrences = dueOccurrences(trigger, readSchedule('* * * * *', 'UTC'), readAt);
  expect(occurrences).toHaveLength(102);
  expect(occurrences[0]?.skippedFor).toMatch(/at least 999 earlier ones are not listed/);
  expect(
    occurrences
      .filter(({ skippedFor }) => skippedFor === null)
      .map(({ kind, dueAt }) => [kind, dueAt.toISOString()]),
  ).toEqual([
    ['misfire', '2025-12-31T23:59:00.000Z'],
    ['schedule', '2026-01-01T00:00:00.000Z'],
  ]);
  const hourly = dueOccurrences(trigger, readSchedule('0 * 1-7 1 *', 'UTC'), readAt);
  expect(hourly[0]?.skippedFor).toMatch(/ 66 earlier ones are not listed/);
  const all = dueOccurrences(
    { ...trigger, misfire: 'all', misfireWindowSeconds: 31 * 86_400 },
    readSchedule('* * * * *', 'UTC'),
    readAt,
  );
  expect(all.filter(({ kind, skippedFor }) => kind === 'misfire' && skippedFor === null)).toHaveLength(500);
});

test.each(['* * * * *', '* * * 1 *', '0 0 29 2 *', '*/7 3 * * 1', '0 0 1 1 *'])(
  'the last moments of %s are the end of all of them',
  (cron) => {
    const schedule = readSchedule(cron, 'Europe/Berlin');
    const [after, upTo] = [new Date('2026-01-29T00:00:00Z'), new Date('2026-02-02T12:00:00Z')];
    const all = schedule.between(after, upTo, 100_000);
    for (const count of [1, 3, 100])
      expect(latestBetween(schedule, after, upTo, count)).toEqual(all.slice(-count));
  },
);

test('twenty scans at once store each due moment once', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const id = await putTrigger(app.pool, { cron: '*/10 * * * * *', scannedMsAgo: 60_000 });
  const wakeUps: string[] = [];
  const calls = { pool: app.pool, log: context.log, scanned: (triggerId: string) => wakeUps.push(triggerId) };
  const results = await Promise.all(Array.from({ length: 20 }, () => scanDue(calls, 0)));
  const occurrences = await occurrencesOf(app.pool, id);
  expect([6, 7]).toContain(occurrences.length);
  expect(results.reduce((sum, { made }) => sum + made, 0)).toBe(occurrences.length);
  expect(wakeUps).toContain(id);
  expect(new Set(occurrences.map(({ dueAt }) => dueAt.getTime())).size).toBe(occurrences.length);
  const { rows } = await app.pool.query('select next_due_at > now() as ahead from triggers where id = $1', [
    id,
  ]);
  expect(rows).toEqual([{ ahead: true }]);
});

test('a scan of a trigger that was changed meanwhile records nothing: a resumed trigger makes nothing up', async () => {
  await using app = await testTasks();
  const id = await putTrigger(app.pool, { cron: '0 * * * *', scannedMsAgo: 3 * HOUR });
  const [near] = await nearTriggers(app.pool, 0, 10);
  if (!near?.trigger) throw new Error('it was not found');
  const dueAt = new Date(Math.floor(near.readAt.getTime() / HOUR) * HOUR);
  const scan = {
    trigger: near.trigger,
    scannedUntil: near.readAt,
    nextDueAt: new Date(dueAt.getTime() + HOUR),
    occurrences: [
      { id: newId('occurrence'), taskId: newId('task'), dueAt, kind: 'misfire', skippedFor: null },
    ],
    queueLimit: 100,
  } as const;
  for (const change of [
    'paused_at = now()',
    'paused_at = null, scanned_until = now()',
    `scanned_until = '${near.trigger.scannedUntil.toISOString()}', cron = '30 * * * *'`,
    `cron = '0 * * * *', deleted_at = now()`,
  ]) {
    await app.pool.query(`update triggers set ${change} where id = $1`, [id]);
    expect(await recordScan(app.pool, scan)).toBeUndefined();
  }
  expect(await occurrencesOf(app.pool, id)).toEqual([]);
  await app.pool.query('update triggers set deleted_at = null where id = $1', [id]);
  expect(await recordScan(app.pool, scan)).toBe(1);
  // The same moment again, as another schedule may meet it, stays as it is.
  await app.pool.query('update triggers set scanned_until = $2 where id = $1', [
    id,
    near.trigger.scannedUntil,
  ]);
  const again = { ...scan.occurrences[0], id: newId('occurrence'), taskId: newId('task') };
  expect(await recordScan(app.pool, { ...scan, occurrences: [again] })).toBe(0);
  expect((await occurrencesOf(app.pool, id)).map((one) => one.id)).toEqual([scan.occurrences[0].id]);
});

test('a trigger that is paused, deleted or not due is not scanned', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const paused = await putTrigger(app.pool, { cron: '0 * * * *', scannedMsAgo: 3 * HOUR, paused: 'wait' });
  const deleted = await putTrigger(app.pool, { cron: '0 * * * *', scannedMsAgo: 3 * HOUR });
  await app.pool.query('update triggers set deleted_at = now() where id = $1', [deleted]);
  const ahead = await putTrigger(app.pool, { cron: '0 * * * *', nextDueInMs: 800 });
  const { made, nextInMs } = await scanDue(
    { pool: app.pool, log: context.log, scanned: () => undefined },
    1_000,
  );
  expect(made).toBe(0);
  expect(nextInMs).toBeGreaterThan(0);
  expect(nextInMs).toBeLessThanOrEqual(800);
  for (const id of [paused, deleted, ahead]) expect(await occurrencesOf(app.pool, id)).toEqual([]);
});

test('a trigger whose schedule cannot be read is paused with the reason, and the others go on', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const spoilt = await putTrigger(app.pool, { cron: 'every tuesday', scannedMsAgo: 2 * HOUR });
  const nowhere = await putTrigger(app.pool, {
    cron: '0 * * * *',
    timezone: 'Mars/Phobos',
    scannedMsAgo: 2 * HOUR,
  });
  const odd = await putTrigger(app.pool, { cron: '0 * * * *', scannedMsAgo: 2 * HOUR });
  await app.pool.query(`update triggers set overlap = 'sometimes' where id = $1`, [odd]);
  const good = await putTrigger(app.pool, { cron: '0 * * * *', scannedMsAgo: 2 * HOUR });
  const { made } = await scanDue({ pool: app.pool, log: context.log, scanned: () => undefined }, 0);
  expect(made).toBeGreaterThan(0);
  expect((await occurrencesOf(app.pool, good)).length).toBeGreaterThan(0);
  for (const id of [spoilt, nowhere, odd]) {
    const { rows } = await app.pool.query<{ pause_reason: string }>(
      'select pause_reason from triggers where id = $1 and paused_at is not null',
      [id],
    );
    expect(rows[0]?.pause_reason).toMatch(/^invalid stored schedule: .+/);
  }
});

test('a queue holds a hundred, and the next one is skipped', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const id = await putTrigger(app.pool, {
    cron: '* * * * *',
    overlap: 'queue',
    misfire: 'all',
    scannedMsAgo: 130 * 60_000,
  });
  await scanDue({ pool: app.pool, log: context.log, scanned: () => undefined }, 0);
  const occurrences = await occurrencesOf(app.pool, id);
  expect(occurrences.filter(({ outcome }) => outcome === null)).toHaveLength(100);
  expect(occurrences.slice(0, 100).every(({ outcome }) => outcome === null)).toBe(true);
  expect(occurrences.at(-1)).toMatchObject({
    outcome: 'skipped',
    reason: 'overlap: 100 are waiting already',
  });
});
