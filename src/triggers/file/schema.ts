import { z } from 'zod';
import type { OutgoingAllow } from '../../guarded-http/allow.ts';
import { priority } from '../../tasks/fields.ts';
import { DEFAULTS, MISFIRE_WINDOW_SECONDS, triggerFields } from '../fields.ts';

export const COMMON_KEYS = ['agent', 'title', 'description', 'priority'];
export const CRON_KEYS = ['cron', 'timezone', 'overlap', 'misfire', 'misfire_window', 'check_url'];
export const WEBHOOK_KEYS = [
  'webhook',
  'verify',
  'verify_header',
  'secret',
  'secrets',
  'when',
  'dedupe_seconds',
];

const DURATION = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** What the reader of the file provides: the defined agents, and the lookup of variables. */
export interface TriggerFile {
  readonly agents: readonly string[];
  readonly expand: (text: string) => { readonly text: string } | { readonly problem: string };
}

/** The fields of a trigger in the file, by kind: those of the API, in the file's spelling. */
export function fileSchemas(file: TriggerFile, allow: OutgoingAllow) {
  const fields = triggerFields(allow);
  const common = {
    agent: agentOf(file.agents).nullish(),
    title: fields.title,
    description: fields.description.optional(),
    priority: priority.default(DEFAULTS.priority),
  };
  const secret = secretText(file.expand);
  return {
    name: fields.name,
    cron: z.strictObject({
      ...common,
      cron: fields.cron,
      timezone: fields.timezone.default(DEFAULTS.timezone),
      overlap: fields.overlap.default(DEFAULTS.overlap),
      misfire: fields.misfire.default(DEFAULTS.misfire),
      misfire_window: misfireWindow.default(DEFAULTS.misfireWindowSeconds),
      check_url: fields.checkUrl.optional(),
    }),
    webhook: z.strictObject({
      ...common,
      webhook: fields.path,
      verify: fields.verify.default(DEFAULTS.verify),
      verify_header: z.string().optional(),
      secret: secret.optional(),
      secrets: z.array(secret).optional(),
      when: fields.when.optional(),
      dedupe_seconds: fields.dedupeSeconds.default(DEFAULTS.dedupeSeconds),
    }),
  };
}

/** Used if no agent of the file could be read. */
function agentOf(agents: readonly string[]): z.ZodType<string> {
  return agents.length === 0 ? z.string() : z.enum(agents as readonly [string, ...string[]]);
}

export type FileSchemas = ReturnType<typeof fileSchemas>;

/** `${NAME}` is looked up; any other text is the secret itself. */
function secretText(expand: TriggerFile['expand']) {
  return z.string().transform((text, context) => {
    const expanded = expand(text.trim());
    if ('text' in expanded) return expanded.text;
    context.addIssue({ code: 'custom', message: expanded.problem });
    return z.NEVER;
  });
}

/** `30m`, `6h`, `1.5d` → seconds, within bounds. */
export const misfireWindow = z
  .string({ error: 'A duration is a number with its unit: "30m", "6h" or "2d".' })
  .transform((text, context) => {
    const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
    const seconds = Math.round(Number(amount) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS]);
    const { min, max } = MISFIRE_WINDOW_SECONDS;
    if (amount !== undefined && seconds >= min && seconds <= max) return seconds;
    const message =
      amount === undefined
        ? 'A duration is a number with its unit: "30m", "6h" or "2d".'
        : 'must be a duration from 1 minute to 31 days.';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
