import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { parseSchedule, readSchedule } from '../../../src/domain/schedule.ts';
import { zonedIso } from '../../../src/domain/zoned.ts';

function refusalOf(action: () => unknown): Refusal {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('was not refused');
}

test.each([
  ['', /is empty; use five fields .* or one of @hourly @daily/],
  ['   ', /is empty/],
  ['* *', /has 2 fields; use five fields \(minute hour day month weekday\)/],
  ['61 * * * *', /minute "61" is not a valid minute; use a number from 0 to 59/],
  ['0 0 30 2 *', /is never due: no such month has such a day/],
  ['0 0 31 4,6,9,11 *', /is never due/],
  ['* * * * * *', /has 6 fields; .*there is no field for seconds/],
  ['* * * * * * *', /has 7 fields/],
  [
    '@reboot',
    /unknown macro "@reboot"; use one of @hourly @daily @midnight @weekly @monthly @yearly @annually/,
  ],
  ['@every 5m', /unknown macro "@every 5m"/],
  ['never', /has 1 field; use five fields/],
  ['0 seconds', /has 2 fields/],
  ['* '.repeat(2_500), /has 5000 characters; the maximum is 200/],
  ['-1 * * * *', /minute "-1" is not a valid minute/],
  ['* 24 * * *', /hour "24" is not a valid hour; use a number from 0 to 23/],
  ['0 0 0 * *', /day "0" is not a valid day; use a number from 1 to 31, or L/],
  ['0 0 * 13 *', /month "13" is not a valid month; use a number from 1 to 12 or jan to dec/],
  ['0 0 * january *', /month "january" is not a valid month/],
  ['0 0 * * 8', /weekday "8" is not a valid weekday; use a number from 0 to 7 or sun to sat/],
  ['0 0 * * monday', /weekday "monday" is not a valid weekday/],
  ['0 22-3 * * *', /hour "22-3" has its end before its start; use two ranges/],
  ['0 0 * * fri-mon', /weekday "fri-mon" has its end before its start/],
  ['0 0 * * 0-7', /contains Sunday twice; use \*/],
  ['0 0 * * 0-7/2', /contains Sunday twice; use \*\/2/],
  ['5/5 * * * *', /a step needs \* or a range; use 5-59\/5/],
  ['/5 * * * *', /minute "\/5" is not a valid minute/],
  ['*/0 * * * *', /the step must be a number from 1 to 60/],
  ['*/61 * * * *', /the step must be a number from 1 to 60/],
  ['*,5 * * * *', /minute: \* cannot be part of a list/],
  ['0 0 1,,2 * *', /day "" is not a valid day/],
  ['0 0 ? * *', /day "\?" is not a valid day/],
  ['0 0 15W * *', /day "15W" is not a valid day/],
  ['0 0 LW * *', /day "LW" is not a valid day/],
  ['0 0 L-3 * *', /day "L-3" is not a valid day/],
  ['0 0 1 * +1', /weekday "\+1" is not a valid weekday/],
  ['0 0 * * 5#6', /weekday "5#6" is not a valid weekday/],
  ['H * * * *', /minute "H" is not a valid minute/],
  ['1e1 * * * *', /minute "1e1" is not a valid minute/],
  ['٣ * * * *', /minute "٣" is not a valid minute/],
])('%j is refused with what would be right', (cron, message) => {
  const refusal = refusalOf(() => parseSchedule(cron, 'UTC'));
  expect(refusal.code).toBe('VALIDATION');
  expect(refusal.details.issues).toEqual([{ path: ['cron'], message: expect.stringMatching(message) }]);
});

test.each(['Mars/Phobos', '', ' Europe/Berlin', '+02:00', 'local', 'x'.repeat(5_000), "UTC'; drop"])(
  'the zone %j is refused',
  (timezone) => {
    const refusal = refusalOf(() => parseSchedule('0 0 * * *', timezone));
    expect(refusal.details.issues).toEqual([
      {
        path: ['timezone'],
        message: expect.stringMatching(/Unknown time zone .*; use an IANA name such as Europe/),
      },
    ]);
  },
);

test.each([
  ['0 2 * * mon-fri', 'At 02:00, Monday through Friday'],
  ['  0  2\t* * MON-FRI ', 'At 02:00, Monday through Friday'],
  ['@Daily', 'At 00:00'],
  ['@midnight', 'At 00:00'],
  ['@hourly', 'Every hour'],
  ['@weekly', 'At 00:00, only on Sunday'],
  ['@monthly', 'At 00:00, on day 1 of the month'],
  ['@yearly', 'At 00:00, on day 1 of the month, only in January'],
  ['@annually', 'At 00:00, on day 1 of the month, only in January'],
  ['*/15 9-17 * * *', 'Every 15 minutes, between 09:00 and 17:59'],
  ['30 2,14 * * *', 'At 02:30 and 14:30'],
  ['0 0 L * *', 'At 00:00, on the last day of the month'],
  ['0 0 * * fri#2', 'At 00:00, on the second Friday of the month'],
  ['0 0 * * friL', 'At 00:00, on the last Friday of the month'],
  ['0 0 * * 7,sun', 'At 00:00, only on Sunday'],
  ['0 0 * * sat-sun', 'At 00:00, Saturday through Sunday'],
  ['0 0 13 * fri', 'At 00:00, on day 13 of the month; or at 00:00, only on Friday'],
])('%j reads in words: %s', (cron, words) => {
  expect(parseSchedule(cron, 'UTC').words).toBe(words);
});

test('an expression is kept with one space between its fields', () => {
  expect(parseSchedule('  0  2\t* *\nMON-FRI ', 'UTC').cron).toBe('0 2 * * MON-FRI');
  expect(parseSchedule(' @DAILY ', 'UTC').cron).toBe('@daily');
});

function firstOf(cron: string, timezone: string, after: string, count: number): string[] {
  const schedule = readSchedule(cron, timezone);
  return schedule
    .between(new Date(after), new Date('2036-01-01T00:00:00Z'), count)
    .map((at) => at.toISOString().replace('.000Z', 'Z'));
}

test.each([
  [
    'a set time that is left out comes right after the gap',
    '30 2 * * *',
    'America/New_York',
    '2026-03-08T00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z'],
  ],
  [
    'one of several set times, too',
    '30 2,14 * * *',
    'America/New_York',
    '2026-03-08T00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-08T18:30:00Z'],
  ],
  [
    'two that fall together in the gap are one',
    '0,30 2 * * *',
    'America/New_York',
    '2026-03-08T00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-09T06:00:00Z'],
  ],
  [
    'one in the gap and one right after it are one',
    '0 2,3 * * *',
    'America/New_York',
    '2026-03-08T00:00Z',
    ['2026-03-08T07:00:00Z', '2026-03-09T06:00:00Z'],
  ],
  [
    'a set time that is repeated comes once, the first time',
    '30 1 * * *',
    'America/New_York',
    '2026-11-01T00:00Z',
    ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
  ],
  [
    'a stepped one comes in both of the repeated hours',
    '*/30 1 * * *',
    'America/New_York',
    '2026-11-01T00:00Z',
    ['2026-11-01T05:00:00Z', '2026-11-01T05:30:00Z', '2026-11-01T06:00:00Z', '2026-11-01T06:30:00Z'],
  ],
  [
    'a stepped one that lies in the gap alone does not come that day',
    '*/20 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00Z',
    ['2026-03-30T00:00:00Z', '2026-03-30T00:20:00Z'],
  ],
  [
    'half an hour is left out on Lord Howe',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-03T00:00Z',
    ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
  ],
  [
    'and repeated',
    '45 1 * * *',
    'Australia/Lord_Howe',
    '2026-04-04T00:00Z',
    ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
  ],
  [
    'every 13th and every Friday',
    '0 0 13 * fri',
    'UTC',
    '2026-02-01T00:00Z',
    ['2026-02-06T00:00:00Z', '2026-02-13T00:00:00Z', '2026-02-20T00:00:00Z'],
  ],
  ['the last day', '0 0 L * *', 'UTC', '2028-01-31T00:00Z', ['2028-02-29T00:00:00Z', '2028-03-31T00:00:00Z']],
  [
    'the second and the last Friday',
    '0 0 * * fri#2,friL',
    'UTC',
    '2026-01-01T00:00Z',
    ['2026-01-09T00:00:00Z', '2026-01-30T00:00:00Z', '2026-02-13T00:00:00Z'],
  ],
  [
    'a day that comes every fourth year',
    '0 0 29 2 *',
    'UTC',
    '2026-01-01T00:00Z',
    ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
  ],
])('%s', (_, cron, timezone, after, due) => {
  expect(firstOf(cron, timezone, after, due.length)).toEqual(due);
});

test('a stored expression may have seconds, and always has the same meaning', () => {
  expect(firstOf('*/10 * * * * *', 'UTC', '2026-01-01T00:00:00.500Z', 2)).toEqual([
    '2026-01-01T00:00:10Z',
    '2026-01-01T00:00:20Z',
  ]);
  expect(() => readSchedule('* * * * * nonsense', 'UTC')).toThrow(Refusal);
  expect(() => readSchedule('* *', 'UTC')).toThrow(Refusal);
  expect(() => readSchedule('* * * * * *', 'Mars/Phobos')).toThrow(Refusal);
});

test('a moment is written with the clock and offset of its zone', () => {
  expect(zonedIso(new Date('2026-03-08T07:00:00.000Z'), 'America/New_York')).toBe(
    '2026-03-08T03:00:00.000-04:00',
  );
  expect(zonedIso(new Date('2026-01-01T00:00:00.042Z'), 'UTC')).toBe('2026-01-01T00:00:00.042+00:00');
  expect(zonedIso(new Date('2026-01-01T12:00:00Z'), 'Australia/Lord_Howe')).toBe(
    '2026-01-01T23:00:00.000+11:00',
  );
});
