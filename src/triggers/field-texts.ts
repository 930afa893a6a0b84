import { LIMITS } from '../domain/limits.ts';
import { CLOCK_CHANGE_RULE } from '../domain/schedule.ts';
import { CHECK_TIMEOUT_MS } from './cron/check.ts';
import { MOST_MADE_UP, MOST_MISSED_LISTED, ON_TIME_MS } from './cron/missed.ts';
import { QUEUE_LIMIT } from './cron/scan.ts';
import { DEFAULTS, MISFIRE_WINDOW_SECONDS } from './fields.ts';
import { DEFAULT_VERIFY_HEADER } from './signatures/verification.ts';

interface FieldText {
  /** What it means, with its bounds. */
  readonly description: string;
  /** What a new trigger has when the field is absent or null. */
  readonly absent?: string;
  readonly example?: string | number;
}

/** The description and an example of each field of a trigger, for every API; the bounds are those that are checked. */
export const TRIGGER_TEXTS = {
  name: {
    description: `The name, unique among triggers; at most ${LIMITS.nameCharacters} characters.`,
    example: 'nightly-report',
  },
  agent: { description: 'The agent that works on its tasks.', absent: 'the tasks are tracked' },
  title: {
    description: `The Liquid template of the title of its tasks, such as \`Report for {{ scheduled_at | date: '%F' }}\` or \`Review {{ body.title }}\`; at most ${LIMITS.templateCharacters} characters.`,
    example: "Nightly report for {{ scheduled_at | date: '%Y-%m-%d' }}",
  },
  description: {
    description: `The Liquid template of the description of its tasks; at most ${LIMITS.templateCharacters} characters.`,
    absent: 'none',
  },
  priority: {
    description: `The priority of its tasks: ${LIMITS.minPriority} to ${LIMITS.maxPriority}; higher is worked on first.`,
    absent: String(DEFAULTS.priority),
  },
  cron: {
    description: `Five fields (minute hour day month weekday) with numbers, names such as mon or jan, *, lists, ranges and steps; L alone as the day for the last one, fri#2 and friL as a weekday; or a macro: @hourly @daily @midnight @weekly @monthly @yearly @annually. If day and weekday are both restricted, one match is enough. ${CLOCK_CHANGE_RULE} At most ${LIMITS.cronCharacters} characters.`,
    example: '0 2 * * mon-fri',
  },
  timezone: {
    description: 'The IANA time zone in which the cron expression is read, such as `Europe/Berlin`.',
    absent: DEFAULTS.timezone,
    example: 'Europe/Berlin',
  },
  overlap: {
    description: `What happens at a due moment while a task of this trigger is not final. skip: no task, and the occurrence names the other task. queue: its task is created when the task before it is final, the oldest first; at most ${QUEUE_LIMIT} wait, and further ones are skipped. allow: its task is created; both can run at the same time.`,
    absent: DEFAULTS.overlap,
  },
  misfire: {
    description: `What happens to due moments that no process noticed within ${ON_TIME_MS / 1_000} s, such as after an outage. skip: none is made up. once: the last one, if it is within the window. all: each within the window, at most the latest ${MOST_MADE_UP}. Those that are not made up are recorded as skipped, at most the latest ${MOST_MISSED_LISTED}. Moments while the trigger was paused are never made up.`,
    absent: DEFAULTS.misfire,
  },
  misfireWindowSeconds: {
    description: `How long after its moment a missed occurrence is still made up, in seconds: ${MISFIRE_WINDOW_SECONDS.min} to ${MISFIRE_WINDOW_SECONDS.max}.`,
    absent: String(DEFAULTS.misfireWindowSeconds),
    example: 21_600,
  },
  misfireWindow: {
    description: 'The misfire window as a text with its unit, as in agents.yaml: `30m`, `6h`, `2d`.',
    example: '6h',
  },
  checkUrl: {
    description: `A URL that gets a GET before a task is created, with If-None-Match and If-Modified-Since from the last response that led to a task. 2xx other than 204: the task is created. 304 and 204: nothing changed, no task. Any other response, a redirect, or none within ${CHECK_TIMEOUT_MS / 1_000} s: no task and no retry; the next occurrence checks again. Each refusal is recorded. At most ${LIMITS.urlCharacters} characters.`,
    absent: 'no check',
    example: 'https://example.com/changed',
  },
  path: {
    description: `The last part of the URL, \`POST /webhooks/<path>\`: letters, digits, - and _; at most ${LIMITS.pathCharacters} characters.`,
    example: 'github',
  },
  webhook: { description: 'The same as `path`, by its name in agents.yaml; use only one of them.' },
  verify: { description: 'How a call is verified.', absent: DEFAULTS.verify },
  verifyHeader: {
    description: 'The header that contains the secret, for the scheme `header`.',
    absent: DEFAULT_VERIFY_HEADER,
  },
  secret: {
    description: 'The secret that calls are signed with; at least 16 characters. It is never shown again.',
  },
  secrets: {
    description:
      'Instead of `secret`: all secrets that are accepted, such as the new and the previous one; at most two.',
  },
  when: {
    description: `A CEL condition over \`body\`, \`headers\` and \`query\`, such as \`body.action == "opened"\`; at most ${LIMITS.conditionCharacters} characters.`,
    absent: 'every call creates a task',
    example: 'body.action == "opened"',
  },
  dedupeSeconds: {
    description:
      'For senders that give no id: the same body within this many seconds is a duplicate; 0: never.',
    absent: String(DEFAULTS.dedupeSeconds),
  },
} as const satisfies Record<string, FieldText>;

export type TriggerField = keyof typeof TRIGGER_TEXTS;

/** The description of a field of a new trigger: with what it is when absent. */
export function newTriggerText(field: TriggerField): string {
  const { description, absent }: FieldText = TRIGGER_TEXTS[field];
  return absent === undefined ? description : `${description} Default: ${absent}.`;
}

/** The description and the example of a field, as an OpenAPI document has them. */
export function triggerFieldDoc(field: TriggerField): { description: string; example?: string | number } {
  const { description, example }: FieldText = TRIGGER_TEXTS[field];
  return { description, ...(example !== undefined && { example }) };
}
