import cronstrue from 'cronstrue';
import { invalid, type Refusal } from '../core/errors.ts';
import { LIMITS } from './limits.ts';

/** Names for common schedules. `@reboot` is not supported: several processes have no common start time. */
const CRON_MACROS: Readonly<Record<string, string>> = {
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

export interface CronExpression {
  /** As it is stored: one space between fields, macros in small letters. */
  readonly text: string;
  /** Its five fields as numbers, for the calculation of due times. */
  readonly fields: string;
  /** Such as "At 02:00, Monday through Friday". */
  readonly words: string;
}

/**
 * Parses five fields or a macro, strictly: numbers, names (`mon`, `jan`), `*`, lists, ranges and steps over either, `L`
 * alone as the day, `fri#2` and `friL` as a weekday. Throws `VALIDATION` at `cron`; the message states the problem and
 * a correct form. Whether the schedule has any due time is not checked here.
 */
export function parseCronExpression(given: string): CronExpression {
  if (given.length > LIMITS.cronCharacters) {
    throw refused(`has ${given.length} characters; the maximum is ${LIMITS.cronCharacters}`);
  }
  const text = given.trim();
  const macros = Object.keys(CRON_MACROS).join(' ');
  if (text === '') throw refused(`is empty; use ${WANTED}, or one of ${macros}`);
  if (text.startsWith('@')) {
    const fields = CRON_MACROS[text.toLowerCase()];
    if (fields === undefined) throw refused(`unknown macro ${quoted(text)}; use one of ${macros}`);
    return { text: text.toLowerCase(), fields, words: wordsOf(fields) };
  }
  const parts = text.split(/\s+/);
  if (parts.length !== FIELDS.length) {
    const seconds = parts.length === FIELDS.length + 1 ? ' (there is no field for seconds)' : '';
    throw refused(
      `${quoted(text)} has ${parts.length} field${parts.length === 1 ? '' : 's'}; use ${WANTED}${seconds}, or one of ${macros}`,
    );
  }
  const fields = FIELDS.map((field, index) => readField(field, parts[index] ?? '')).join(' ');
  return { text: parts.join(' '), fields, words: wordsOf(fields) };
}

/** True if both day and weekday are restricted; a match of one of them is then enough. */
function isEitherDay(fields: string): boolean {
  const [, , day, , weekday] = fields.split(' ');
  return day !== '*' && weekday !== '*';
}

/** A stored expression in words; the expression itself if it cannot be described. */
export function wordsOf(fields: string): string {
  if (!isEitherDay(fields)) return inWords(fields);
  // cronstrue joins both with "and", which is the opposite of what the expression does.
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
  // Removes duplicates, so that the description does not repeat a day.
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
    if (step === undefined) throw refused(`${field.name}: * cannot be part of a list; use it alone`);
    return `*${every}`;
  }
  const first = readValue(field, from, item);
  if (to === undefined) {
    if (step !== undefined) {
      const last = field === WEEKDAY ? 6 : field.max;
      throw refused(`${field.name} ${quoted(item)}: a step needs * or a range; use ${from}-${last}/${step}`);
    }
    return String(field === WEEKDAY ? first % 7 : first);
  }
  const last = field === WEEKDAY && to.toLowerCase() === 'sun' ? 7 : readValue(field, to, item);
  if (last < first) {
    throw refused(
      `${field.name} ${quoted(item)} has its end before its start; use two ranges separated by a comma`,
    );
  }
  if (field === WEEKDAY && last - first === 7) {
    throw refused(`weekday ${quoted(item)} contains Sunday twice; use *${every}`);
  }
  return `${first}-${last}${every}`;
}

function readStep(field: Field, step: string | undefined, item: string): string {
  if (step === undefined) return '';
  const most = field === WEEKDAY ? 7 : field.max - field.min + 1;
  if (Number(step) < 1 || Number(step) > most) {
    throw refused(`${field.name} ${quoted(item)}: the step must be a number from 1 to ${most}`);
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
  return `not a valid ${name}; use a number from ${min} to ${max}${words}${more}; or *, lists, ranges and steps of these`;
}
