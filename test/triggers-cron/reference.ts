/**
 * A second opinion without any cron library: walks every real minute of a span with the system's zone data, and decides
 * by the rule that the product states. Slow and plain on purpose.
 */

/** The zone's clock at one real minute, as if it were UTC. */
export interface RealMinute {
  readonly at: number;
  readonly clock: number;
}

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

/** Every real minute from `from` (a whole quarter of an hour) to before `to`; offsets change only at quarters. */
export function realMinutes(timezone: string, from: Date, to: Date): RealMinute[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const minutes: RealMinute[] = [];
  for (let quarter = from.getTime(); quarter < to.getTime(); quarter += QUARTER) {
    const part = Object.fromEntries(
      format.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]),
    );
    const clock = Date.UTC(
      part['year'] ?? 0,
      (part['month'] ?? 1) - 1,
      part['day'],
      part['hour'],
      part['minute'],
    );
    for (let minute = 0; minute < QUARTER; minute += MINUTE) {
      minutes.push({ at: quarter + minute, clock: clock + minute });
    }
  }
  return minutes;
}

function valuesOf(field: string, min: number, max: number): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    const [from, to] = range === '*' ? [min, max] : range.split('-').map(Number);
    for (let value = from ?? 0; value <= (to ?? from ?? 0); value += Number(step)) values.add(value);
  }
  return values;
}

/** Whether a clock (as if it were UTC) reads as five numeric fields say. */
export function matcher(fields: string): (clock: number) => boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.split(' ');
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  const days = valuesOf(day, 1, 31);
  const months = valuesOf(month, 1, 12);
  const weekdays = valuesOf(weekday, 0, 6);
  if (weekdays.has(7)) weekdays.add(0);
  const either = day !== '*' && weekday !== '*';
  return (clock) => {
    const date = new Date(clock);
    if (!minutes.has(date.getUTCMinutes()) || !hours.has(date.getUTCHours())) return false;
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const isDay = days.has(date.getUTCDate());
    const isWeekday = weekdays.has(date.getUTCDay());
    return either ? isDay || isWeekday : isDay && isWeekday;
  };
}

/** True for set times: no `*` and no step in minute and hour. */
export function isSetTime(fields: string): boolean {
  const [minute = '', hour = ''] = fields.split(' ');
  return !/[*/]/.test(minute + hour);
}

/** Every due moment in the walked span, by the stated rule. */
export function dueMoments(fields: string, minutes: readonly RealMinute[]): string[] {
  const matches = matcher(fields);
  const due = new Set<number>();
  if (!isSetTime(fields)) {
    for (const { at, clock } of minutes) if (matches(clock)) due.add(at);
  } else {
    let reached = (minutes[0]?.clock ?? 0) - MINUTE;
    for (const { at, clock } of minutes) {
      // What the clock shows for the first time now, the minutes it left out among them.
      for (let shown = reached + MINUTE; shown <= clock; shown += MINUTE) if (matches(shown)) due.add(at);
      reached = Math.max(reached, clock);
    }
  }
  return [...due].map((at) => new Date(at).toISOString());
}
