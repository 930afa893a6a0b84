import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { parseSchedule, readSchedule, type Schedule } from '../../../src/domain/schedule.ts';
import { isSetTime, matcher, realMinutes } from '../../fixtures/cron-reference.ts';

const MINUTE = 60_000;
const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Africa/Casablanca',
];

const number = (min: number, max: number) => fc.integer({ min, max });
const item = (min: number, max: number) =>
  fc.oneof(
    number(min, max).map(String),
    fc.tuple(number(min, max), number(min, max)).map((ends) => ends.sort((a, b) => a - b).join('-')),
    number(1, max - min + 1).map((step) => `*/${step}`),
  );
const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.array(item(min, max), { minLength: 1, maxLength: 3 }).map((all) => all.join()),
  );
const expression = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));
const moment = fc.date({
  min: new Date('2020-01-01T00:00:00Z'),
  max: new Date('2035-01-01T00:00:00Z'),
  noInvalidDate: true,
});

function scheduleOf(cron: string, timezone: string): Schedule | undefined {
  try {
    return parseSchedule(cron, timezone);
  } catch (error) {
    // Drawn days may be such as never come.
    if (error instanceof Refusal && error.message.includes('is never due')) return undefined;
    throw error;
  }
}

test('the next due moment lies after, comes no earlier for a later start, and is what the list begins with', () => {
  fc.assert(
    fc.property(
      expression,
      fc.constantFrom(...ZONES),
      moment,
      number(0, 3 * 24 * 60),
      (cron, zone, after, more) => {
        const schedule = scheduleOf(cron, zone);
        if (!schedule) return;
        const next = schedule.next(after);
        expect(next).toBeDefined();
        if (!next) return;
        expect(next.getTime()).toBeGreaterThan(after.getTime());
        expect(next.getTime() % MINUTE).toBe(0);
        const later = new Date(after.getTime() + more * MINUTE);
        const nextLater = schedule.next(later);
        expect(nextLater?.getTime()).toBeGreaterThanOrEqual(next.getTime());
        if (next > later) expect(nextLater).toEqual(next);

        const listed = schedule.between(after, new Date('2100-01-01T00:00:00Z'), 5);
        const walked: Date[] = [];
        for (let at: Date | undefined = next; at && walked.length < 5; at = schedule.next(at))
          walked.push(at);
        expect(listed).toEqual(walked);
        // The end belongs to it, the beginning does not.
        const third = listed[2];
        if (third) {
          expect(schedule.between(after, third, 100)).toEqual(listed.slice(0, 3));
          expect(schedule.between(third, third, 100)).toEqual([]);
        }
      },
    ),
    { numRuns: 300, interruptAfterTimeLimit: 15_000 },
  );
}, 60_000);

test('each due moment reads on the clock as its fields say, or is the first after a gap', () => {
  fc.assert(
    fc.property(expression, fc.constantFrom(...ZONES), moment, (cron, zone, after) => {
      const schedule = scheduleOf(cron, zone);
      const matches = matcher(cron);
      for (const at of schedule?.between(after, new Date('2100-01-01T00:00:00Z'), 20) ?? []) {
        const quarter = Math.floor(at.getTime() / (15 * MINUTE)) * 15 * MINUTE;
        const minutes = realMinutes(zone, new Date(quarter - 15 * MINUTE), new Date(quarter + 15 * MINUTE));
        const index = minutes.findIndex((minute) => minute.at === at.getTime());
        const clock = minutes[index]?.clock ?? 0;
        if (matches(clock)) continue;
        const before = minutes[index - 1]?.clock ?? 0;
        const leftOut: number[] = [];
        for (let shown = before + MINUTE; shown < clock; shown += MINUTE) leftOut.push(shown);
        expect(isSetTime(cron) && leftOut.some(matches)).toBe(true);
      }
    }),
    { numRuns: 200, interruptAfterTimeLimit: 15_000 },
  );
}, 60_000);

test('whatever text is given is a schedule that comes, in words, or a refusal that names its field', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '*',
      '*/5',
      '0',
      '59',
      '1-5',
      '1,2',
      'MON',
      'L',
      '?',
      '0/7',
      '99',
      '-1',
      'fri#2',
      '5L',
      '15W',
      '*/0',
    ),
    fc.string({ maxLength: 4 }),
  );
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(part, { maxLength: 8 }).map((fields) => fields.join(' ')),
    fc.string({ maxLength: 10 }).map((name) => `@${name}`),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('UTC', 'Europe/Berlin', 'Mars/Phobos', ''), (cron, zone) => {
      try {
        const schedule = parseSchedule(cron, zone);
        const after = new Date('2026-06-01T00:00:00Z');
        expect(schedule.next(after)?.getTime()).toBeGreaterThan(after.getTime());
        expect(schedule.words).not.toBe('');
        expect(readSchedule(schedule.cron, zone).next(after)).toEqual(schedule.next(after));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        expect(['cron', 'timezone']).toContain(error.details.issues?.[0]?.path[0]);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a request without an end is bounded', () => {
  const schedule = readSchedule('* * * * * *', 'UTC');
  const forever = new Date('9000-01-01T00:00:00Z');
  expect(schedule.between(new Date('2026-01-01T00:00:00Z'), forever, 1_000)).toHaveLength(1_000);
  expect(readSchedule('0 0 30 2 *', 'UTC').between(new Date(0), forever, 1_000)).toEqual([]);
});
