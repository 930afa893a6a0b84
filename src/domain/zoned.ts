const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timezone, format);
  }
  return format;
}

/** The moment as ISO 8601 with the local time and offset of the zone, such as `2026-11-25T02:00:00.000+01:00`. */
export function zonedIso(at: Date, timezone: string): string {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: string, digits = 2): string => (parts[name] ?? '').padStart(digits, '0');
  const milliseconds = String(at.getUTCMilliseconds()).padStart(3, '0');
  const clock = `${part('year', 4)}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}.${milliseconds}`;
  const offsetMinutes = Math.round((Date.parse(`${clock}Z`) - at.getTime()) / 60_000);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  return `${clock}${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}
