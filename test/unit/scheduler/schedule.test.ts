import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { parseRepeat } from '../../../src/scheduler/schedule.ts';

const from = new Date('2026-03-07T12:00:00Z');

test.each([
  ['*/5 * * * *', 'UTC', '2026-03-07T12:05:00.000Z'],
  ['*/10 * * * * *', 'UTC', '2026-03-07T12:00:10.000Z'],
  ['  0 9 * * MON ', 'Europe/Berlin', '2026-03-09T08:00:00.000Z'],
  ['0 0 29 2 *', 'UTC', '2028-02-29T00:00:00.000Z'],
  ['30 3 8 3 *', 'America/New_York', '2026-03-08T07:30:00.000Z'],
])('%s in %s is next due at %s', (cron, timezone, due) => {
  expect(parseRepeat({ key: 'k', cron, timezone }).next(from).toISOString()).toBe(due);
});

test('a cron line without a zone is read in UTC, wherever the process runs', () => {
  expect(parseRepeat({ key: 'k', cron: '0 9 * * *' })).toMatchObject({
    timezone: 'UTC',
    interval: '0 9 * * *',
  });
});

test.each([
  '',
  ' ',
  '* *',
  '* * * *',
  '61 * * * *',
  '* * * * * * *',
  '0 0 30 2 *',
  '0 0 31 4 *',
  'never',
  '0 seconds',
  '-5 minutes',
  '5000',
  '@reboot',
  'a b c d e',
  '* '.repeat(2_500),
  `${'1,'.repeat(200)}1 * * * *`,
])('%j is refused', (cron) => {
  expect(() => parseRepeat({ key: 'k', cron })).toThrow(Refusal);
});

test.each(['', 'Mars/Olympus', 'x'.repeat(5_000), 'Europe/Berlin; drop'])(
  'the zone %j is refused',
  (timezone) => {
    expect(() => parseRepeat({ key: 'k', cron: '0 0 * * *', timezone })).toThrow(Refusal);
  },
);

test('whatever text is given, it is a schedule with a moment to come or a refusal', () => {
  const field = fc.oneof(
    fc.constantFrom('*', '*/5', '0', '59', '1-5', '1,2', 'MON', 'L', '?', '0/7', '99', '-1'),
    fc.string({ maxLength: 4 }),
  );
  const line = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.array(field, { maxLength: 8 }).map((fields) => fields.join(' ')),
  );
  fc.assert(
    fc.property(line, (cron) => {
      try {
        const schedule = parseRepeat({ key: 'k', cron });
        expect(schedule.next(from).getTime()).toBeGreaterThan(from.getTime());
        expect(schedule.interval.length).toBeLessThanOrEqual(200);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});
