import cronstrue from 'cronstrue';
import { invalid, type Refusal } from '../core/errors.ts';
import { LIMITS } from './limits.ts';

/** The usual names for usual schedules. `@reboot` is none: an installation has no one moment at which it starts. */
export const CRON_MACROS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
const DAY: Field = { name: 'day', min: 1, max: 31 };
/** 0 and 7 are both Sunday, so that a range may end with it. */
const WEEKDAY: Field = { name: 'weekday', min: 0, max: 7, names: WEEKDAYS };
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  DAY,
  MONTH,
  WEEKDAY,
];
const WANTED = 'five fields (minute hour day month weekday) such as "0 2 * * mon-fri"';

/** A cron expression that is one. */
export interface CronExpression {
  /** As it is stored: one space between fields, macros in small letters. */
  readonly text: string;
  /** Its five fields as numbers: what is reckoned with. */
  readonly fields: string;
  /** Such as "At 02:00, Monday through Friday". */
  readonly words: string;
}

/**
 * Reads five fields or a macro, strictly: numbers, names (`mon`, `jan`), `*`, lists, ranges and steps over either, `L`
 * alone as the day, `fri#2` and `friL` as a weekday. Throws `VALIDATION` at `cron` with what is wrong and what would
 * be right. Whether it ever comes is not asked here.
 */
export function parseCronExpression(given: string): CronExpression {
  if (given.length > LIMITS.cronCharacters) {
    throw refused(`has ${given.length} characters; ${LIMITS.cronCharacters} is the most`);
  }
  const text = given.trim();
  const macros = Object.keys(CRON_MACROS).join(' ');
  if (text === '') throw refused(`is empty; give ${WANTED}, or one of ${macros}`);
  if (text.startsWith('@')) {
    const fields = CRON_MACROS[text.toLowerCase()];
    if (fields === undefined) throw refused(`there is no ${quoted(text)}; there are ${macros}`);
    return { text: text.toLowerCase(), fields, words: wordsOf(fields) };
  }
  const parts = text.split(/\s+/);
  if (parts.length !== FIELDS.length) {
    const seconds = parts.length === FIELDS.length + 1 ? ' (there is no field for seconds)' : '';
    throw refused(
      `${quoted(text)} has ${parts.length} field${parts.length === 1 ? '' : 's'}; give ${WANTED}${seconds}, or one of ${macros}`,
    );
  }
  const fields = FIELDS.map((field, index) => readField(field, parts[index] ?? '')).join(' ');
  return { text: parts.join(' '), fields, words: wordsOf(fields) };
}

/** True when both restrict the day: then either of them is enough. */
export function isEitherDay(fields: string): boolean {
  const [, , day, , weekday] = fields.split(' ');
  return day !== '*' && weekday !== '*';
}

/** The words of one that was stored before; the expression itself where there are none. */
export function wordsOf(fields: string): string {
  if (!isEitherDay(fields)) return inWords(fields);
  // Spoken as one, "on day 13 of the month, and on Friday" would say the opposite of what it does.
  const [minute, hour, day, month, weekday] = fields.split(' ');
  const other = inWords(`${minute} ${hour} * ${month} ${weekday}`);
  const first = inWords(`${minute} ${hour} ${day} ${month} *`);
  return `${first}; or ${other.charAt(0).toLowerCase()}${other.slice(1)}`;
}

function inWords(fields: string): string {
  return cronstrue.toString(fields, { use24HourTimeFormat: true, throwExceptionOnParseError: false });
}

function refused(message: string): Refusal {
  return invalid([{ path: ['cron'], message }]);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function readField(field: Field, text: string): string {
  if (text === '*') return text;
  if (field === DAY && text.toUpperCase() === 'L') return 'L';
  // Twice the same day says it twice in words, too.
  return [...new Set(text.split(',').map((item) => readItem(field, item)))].join(',');
}

const ITEM = /^(?<from>\*|[a-z0-9]+?)(?:-(?<to>[a-z0-9]+))?(?:\/(?<step>\d{1,2}))?$/i;
const NTH_WEEKDAY = /^(?<day>[a-z0-9]+?)(?:#(?<nth>[1-5])|(?<last>l))$/i;

function readItem(field: Field, item: string): string {
  const nth = field === WEEKDAY ? NTH_WEEKDAY.exec(item)?.groups : undefined;
  if (nth?.['day'] !== undefined) {
    const day = readValue(field, nth['day'], item) % 7;
    return nth['nth'] === undefined ? `${day}L` : `${day}#${nth['nth']}`;
  }
  const { from, to, step } = ITEM.exec(item)?.groups ?? {};
  if (from === undefined) throw refused(`${field.name} ${quoted(item)} is ${rightValues(field)}`);
  const every = readStep(field, step, item);
  if (from === '*') {
    if (to !== undefined) throw refused(`${field.name} ${quoted(item)} is ${rightValues(field)}`);
    if (step === undefined) throw refused(`${field.name}: * stands alone, not in a list`);
    return `*${every}`;
  }
  const first = readValue(field, from, item);
  if (to === undefined) {
    if (step !== undefined) {
      const last = field === WEEKDAY ? 6 : field.max;
      throw refused(
        `${field.name} ${quoted(item)}: a step goes over * or a range; write ${from}-${last}/${step}`,
      );
    }
    return String(field === WEEKDAY ? first % 7 : first);
  }
  const last = field === WEEKDAY && to.toLowerCase() === 'sun' ? 7 : readValue(field, to, item);
  if (last < first) {
    throw refused(`${field.name} ${quoted(item)} goes backwards; write two ranges with a comma between them`);
  }
  if (field === WEEKDAY && last - first === 7) {
    throw refused(`weekday ${quoted(item)} names Sunday twice; write *${every}`);
  }
  return `${first}-${last}${every}`;
}

function readStep(field: Field, step: string | undefined, item: string): string {
  if (step === undefined) return '';
  const most = field === WEEKDAY ? 7 : field.max - field.min + 1;
  if (Number(step) < 1 || Number(step) > most) {
    throw refused(`${field.name} ${quoted(item)}: a step is a number from 1 to ${most}`);
  }
  return `/${Number(step)}`;
}

function readValue(field: Field, text: string, item: string): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return field.min + named;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  throw refused(`${field.name} ${quoted(item)} is ${rightValues(field)}`);
}

function rightValues({ name, min, max, names }: Field): string {
  const words = names ? ` or ${names[0]} to ${names.at(-1)}` : '';
  const more = name === 'day' ? ', or L for the last' : name === 'weekday' ? ', fri#2 or friL' : '';
  return `no ${name}: a number from ${min} to ${max}${words}${more}; *, lists, ranges and steps of these`;
}
