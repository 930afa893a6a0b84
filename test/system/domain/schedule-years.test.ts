import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSchedule } from '../../../src/domain/schedule.ts';
import { dueMoments, realMinutes } from '../../fixtures/cron-reference.ts';

// Needs no service, but half a minute: whole years, minute by minute. The unit tests have the single rules.
const FROM = new Date('2026-01-01T00:00:00Z');
const TO = new Date('2027-01-01T00:00:00Z');

/** Three zones, each through a whole year with both of its changes of clocks: by an hour, an hour, half an hour. */
const ZONES = [
  { timezone: 'America/New_York', changes: ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'] },
  { timezone: 'Europe/Berlin', changes: ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z'] },
  { timezone: 'Australia/Lord_Howe', changes: ['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z'] },
] as const;

const BY_TIME_THAT_PASSES = ['30 * * * *', '7 */2 * * *', '*/20 2 * * *', '45 1-3/1 * * *', '*/30 0-5 * * 0'];
const SET_TIMES = [
  '0 2 * * 1-5',
  '30 2 * * *',
  '15 2 * * *',
  '30 1 * * *',
  '45 1 * * *',
  '0,30 1,2,3 * * *',
  '59 1-3 * * *',
  '0 0 13 * 5',
  '0 3 1 * *',
  '30 2 29 3 *',
];
const ALL = [...BY_TIME_THAT_PASSES, ...SET_TIMES];

function ours(cron: string, timezone: string, from: Date, to: Date): string[] {
  return readSchedule(cron, timezone)
    .between(new Date(from.getTime() - 1), new Date(to.getTime() - 1), 600_000)
    .map((at) => at.toISOString());
}

describe.each(ZONES)('a year in $timezone', ({ timezone, changes }) => {
  const year = realMinutes(timezone, FROM, TO);

  test.each(ALL)('%s is due exactly at the moments of its rule', (cron) => {
    const due = ours(cron, timezone, FROM, TO);
    expect(due.length).toBeGreaterThan(0);
    expect(due).toEqual(dueMoments(cron, year));
  });

  test('around a change of clocks, whatever five fields are drawn', () => {
    const DAY = 24 * 60 * 60_000;
    const spans = changes.map((change) => {
      const midnight = Math.floor(Date.parse(change) / DAY) * DAY;
      const [from, to] = [new Date(midnight - DAY), new Date(midnight + 2 * DAY)];
      // What the clock left out before the span is no part of it.
      return { from, to, minutes: realMinutes(timezone, from, to) };
    });
    const number = (min: number, max: number) => fc.integer({ min, max });
    const item = (min: number, max: number) =>
      fc.oneof(
        number(min, max).map(String),
        fc.tuple(number(min, max), number(min, max)).map((ends) => ends.sort((a, b) => a - b).join('-')),
        number(2, max - min + 1).map((step) => `*/${step}`),
      );
    const field = (min: number, max: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.array(item(min, max), { minLength: 1, maxLength: 3 }).map((all) => all.join()),
      );
    // The hours in which clocks change are drawn often, and days that come, too.
    const line = fc
      .tuple(field(0, 59), fc.oneof(item(0, 4), field(0, 23)), fc.oneof(fc.constant('*'), field(1, 31)))
      .chain((first) => fc.tuple(fc.constant('*'), field(0, 6)).map((last) => [...first, ...last].join(' ')));
    fc.assert(
      fc.property(line, fc.constantFrom(...spans), (cron, { from, to, minutes }) => {
        expect(ours(cron, timezone, from, to)).toEqual(dueMoments(cron, minutes));
      }),
      { numRuns: 40, interruptAfterTimeLimit: 10_000 },
    );
  }, 60_000);
});
