import { z } from 'zod';
import { Refusal } from '../core/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { parseSchedule } from '../domain/schedule.ts';
import { VERIFY_SCHEMES } from '../domain/signatures/schemes.ts';
import { MISFIRES, type Misfire, OVERLAPS, type Overlap } from '../domain/trigger.ts';
import type { OutgoingAllow } from '../guarded-http/allow.ts';
import { checkOutboundUrl } from '../guarded-http/url.ts';
import { unknownAgent } from '../tasks/commands/create.ts';
import type { TaskContext } from '../tasks/context.ts';
import { line, text } from '../tasks/fields.ts';
import { compileCondition } from './expressions/condition.ts';
import { compileTemplate } from './expressions/template.ts';

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 24 * 60 * MINUTE_SECONDS;

export const MISFIRE_WINDOW_SECONDS = { min: MINUTE_SECONDS, max: 31 * DAY_SECONDS } as const;
export const MAX_DEDUPE_SECONDS = DAY_SECONDS;

/** The values of absent fields. */
export const DEFAULTS = {
  priority: 0,
  timezone: 'UTC',
  overlap: 'skip' satisfies Overlap,
  // For a nightly report, one run after an outage is what a user expects.
  misfire: 'once' satisfies Misfire,
  misfireWindowSeconds: 6 * 60 * MINUTE_SECONDS,
  // Not `none`: a webhook without verification must be an explicit choice.
  verify: 'standard',
  dedupeSeconds: MINUTE_SECONDS,
} as const;

export const TRIGGER_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._-]*[\p{L}\p{M}\p{N}])?$/u;
export const WEBHOOK_PATH = /^[A-Za-z0-9_-]+$/;

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

function wholeNumber(min: number, max: number, what: string) {
  return z.number().refine((value) => Number.isInteger(value) && value >= min && value <= max, {
    error: `must be a whole number of ${what} from ${min} to ${max}`,
  });
}

/** A refinement by a function that throws `VALIDATION`: its issues (only those below `only`) become the field's. */
function passes(check: (value: string) => unknown, only?: string) {
  return (value: string, context: z.core.$RefinementCtx<string>): void => {
    // A text that is too long or has control characters is refused without parsing.
    if (context.issues.length > 0) return;
    try {
      check(value);
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'VALIDATION')) throw error;
      const issues = error.details.issues ?? [{ path: [], message: error.message }];
      for (const { path, message } of issues) {
        if (only === undefined || path[0] === only) context.addIssue({ code: 'custom', message });
      }
    }
  };
}

/** A configured agent; without an agent the tasks are tracked. */
export function agentField({ knowsAgent, agentNames }: TaskContext) {
  return z.string().superRefine(
    passes((agent) => {
      if (!knowsAgent(agent)) throw unknownAgent(agent, agentNames());
    }),
  );
}

/** The field schemas of triggers, shared by the APIs and `agents.yaml`, so that both refuse the same values. */
export function triggerFields(allow: OutgoingAllow) {
  return {
    name: line(LIMITS.nameCharacters)
      .transform((name) => name.normalize('NFC'))
      .refine((name) => TRIGGER_NAME.test(name), {
        error:
          'must consist of letters, digits, spaces, ".", "-" and "_", and begin and end with a letter or digit',
      }),
    title: line(LIMITS.templateCharacters).superRefine(passes(compileTemplate)),
    description: line(LIMITS.templateCharacters).superRefine(passes(compileTemplate)),
    cron: text(LIMITS.cronCharacters).superRefine(
      passes((cron) => parseSchedule(cron, DEFAULTS.timezone), 'cron'),
    ),
    timezone: text(LIMITS.nameCharacters).superRefine(
      passes((timezone) => parseSchedule('0 0 * * *', timezone), 'timezone'),
    ),
    overlap: oneOf(OVERLAPS),
    misfire: oneOf(MISFIRES),
    misfireWindowSeconds: wholeNumber(MISFIRE_WINDOW_SECONDS.min, MISFIRE_WINDOW_SECONDS.max, 'seconds'),
    checkUrl: line(LIMITS.urlCharacters).superRefine(passes((url) => checkOutboundUrl(url, allow))),
    path: line(LIMITS.pathCharacters).refine((path) => WEBHOOK_PATH.test(path), {
      error: 'must consist of letters, digits, "-" and "_"; it is the last part of POST /webhooks/<path>',
    }),
    verify: oneOf(VERIFY_SCHEMES),
    when: line(LIMITS.conditionCharacters).superRefine(passes(compileCondition)),
    dedupeSeconds: wholeNumber(0, MAX_DEDUPE_SECONDS, 'seconds'),
  };
}
