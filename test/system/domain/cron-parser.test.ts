import { CronExpressionParser } from 'cron-parser';
import { describe, expect, test } from 'vitest';
import { readSchedule } from '../../../src/domain/schedule.ts';

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

function cronParsers(cron: string, timezone: string, from: Date, to: Date): string[] {
  const currentDate = new Date(from.getTime() - 1);
  const parser = CronExpressionParser.parse(cron, { currentDate, endDate: to, tz: timezone });
  const found: string[] = [];
  while (parser.hasNext()) {
    const at = parser.next().toDate();
    if (at < to) found.push(at.toISOString());
  }
  return found;
}

describe.each(ZONES)('cron-parser on $timezone', ({ timezone, changes }) => {
  const DAY = 24 * 60 * 60_000;
  const [first = new Date(0), second = new Date(0)] = changes.map((change) => new Date(change));
  const shifted = (at: Date, days: number): Date => new Date(at.getTime() + days * DAY);
  // The week before and the week after each change. Whole years are compared with a reference of our own, in schedule-years.test.ts.
  const segments = [first, second].flatMap((change) => [
    [shifted(change, -8), shifted(change, -1)] as const,
    [shifted(change, 1), shifted(change, 8)] as const,
  ]);

  test.each(ALL)('agrees on %s, but for the days on which clocks change', (cron) => {
    for (const [from, to] of segments) {
      expect(ours(cron, timezone, from, to)).toEqual(cronParsers(cron, timezone, from, to));
    }
  });
});

/** Both libraries on the days around a change; where they differ, ours keeps to the rule and cron-parser to none. */
test.each([
  // A set time in the gap: right after the gap; cron-parser adds the gap to the time.
  ['30 2 * * *', 'America/New_York', '2026-03-08', ['07:00'], ['07:30']],
  ['30 2 * * *', 'Europe/Berlin', '2026-03-29', ['01:00'], ['01:30']],
  // One of several in the gap: right after it; cron-parser leaves it out.
  [
    '59 1-3 * * *',
    'Europe/Berlin',
    '2026-03-29',
    ['00:59', '01:00', '01:59', '23:59'],
    ['00:59', '01:59', '23:59'],
  ],
  // Steps in the removed hour: left out; cron-parser has them an hour later.
  ['*/20 2 * * *', 'Europe/Berlin', '2026-03-29', [], ['01:00', '01:20', '01:40']],
  // Steps in the repeated hour: both times; cron-parser once.
  ['*/30 2 * * *', 'Europe/Berlin', '2026-10-25', ['00:00', '00:30', '01:00', '01:30'], ['00:00', '00:30']],
  // Set times in the repeated hour: once, in both.
  ['30 2 * * *', 'Europe/Berlin', '2026-10-25', ['00:30'], ['00:30']],
  ['30 1 * * *', 'America/New_York', '2026-11-01', ['05:30'], ['05:30']],
  // Every hour at the half, of which Lord Howe leaves one out and repeats none: by the time that passes.
  ['30 * * * *', 'Australia/Lord_Howe', '2026-10-03', 25, 24],
])('%s in %s on %s: ours %j, cron-parser %j', (cron, timezone, day, mine, theirs) => {
  const from = new Date(`${day}T00:00:00Z`);
  const to = new Date(from.getTime() + 24 * 60 * 60_000);
  const shown = (all: string[], like: unknown) =>
    typeof like === 'number' ? all.length : all.map((at) => at.slice(11, 16));
  expect(shown(ours(cron, timezone, from, to), mine)).toEqual(mine);
  expect(shown(cronParsers(cron, timezone, from, to), theirs)).toEqual(theirs);
});

test('where Lord Howe puts its clocks back, cron-parser does not end; ours continues', () => {
  const currentDate = new Date('2026-04-03T15:15:00Z');
  const parser = CronExpressionParser.parse('15 2 * * *', { currentDate, tz: 'Australia/Lord_Howe' });
  expect(() => parser.next()).toThrow(/loop limit/);
  const from = new Date('2026-04-04T00:00:00Z');
  expect(ours('15 2 * * *', 'Australia/Lord_Howe', from, new Date('2026-04-06T00:00:00Z'))).toEqual([
    '2026-04-04T15:45:00.000Z',
    '2026-04-05T15:45:00.000Z',
  ]);
});
