import { z } from 'zod';
import { LOG_LEVELS } from './core/log.ts';
import { parseOutgoingAllow } from './guarded-http/allow.ts';

/** Shorter keys are easier to guess. */
const MIN_ADMIN_KEY_LENGTH = 24;
/** Three heartbeats per lease, each with time for a response of the database. */
const MIN_LEASE_SECONDS = 0.3;

function wholeNumber(min: number, max: number) {
  const right = `use a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, right)
    .transform(Number)
    .refine((value) => value >= min && value <= max, right);
}

function seconds(min: number, max: number) {
  const right = `use seconds from ${min} to ${max}, such as 2 or 0.5`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?$/, right)
    .transform(Number)
    .refine((value) => value >= min && value <= max, right);
}

/** A single check, so that a wrong value has one error message. */
function url(protocols: readonly string[], example: string) {
  return z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `use a URL such as ${example}`,
    );
}

function withoutSpaces(right: string) {
  return z.string().regex(/^[\x21-\x7e]+$/, right);
}

const origins = z.string().transform((list, check) => {
  const found: string[] = [];
  for (const text of list.split(',').map((entry) => entry.trim())) {
    if (text === '') continue;
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    const origin = parsed && /^https?:$/.test(parsed.protocol) ? parsed.origin : undefined;
    if (origin === text) found.push(text);
    else {
      const meant = origin === undefined ? 'https://example.com' : origin;
      const message = `${JSON.stringify(text)} is not an origin; use the form ${meant}, without a path, separated by commas`;
      check.addIssue({ code: 'custom', message });
    }
  }
  return [...new Set(found)];
});

const outgoingAllow = z.string().transform((list, check) => {
  const { allow, wrong } = parseOutgoingAllow(list);
  for (const message of wrong) check.addIssue({ code: 'custom', message });
  return allow;
});

/** All variables that Errand reads. The README's table has the same order, descriptions and defaults. */
export const environmentSchema = z.object({
  PORT: wholeNumber(0, 65_535)
    .prefault('4000')
    .meta({ description: 'The port to listen on; 0 selects a free one.' }),
  HOST: withoutSpaces('use a host name or an address such as 127.0.0.1')
    .prefault('127.0.0.1')
    .meta({ description: 'The address to listen on; `0.0.0.0` accepts connections from other machines.' }),
  ERRAND_DATA_DIR: z
    .string()
    .prefault('.errand')
    .meta({ description: 'The folder for the embedded PostgreSQL and the admin key.' }),
  ERRAND_ADMIN_KEY: withoutSpaces('use printable ASCII characters without spaces')
    .min(MIN_ADMIN_KEY_LENGTH, `use at least ${MIN_ADMIN_KEY_LENGTH} characters`)
    .max(256, 'use at most 256 characters')
    .optional()
    .meta({
      description: `The admin key, instead of a generated one; at least ${MIN_ADMIN_KEY_LENGTH} characters. It replaces and revokes the previous one.`,
      secret: true,
    }),
  ERRAND_AGENTS_FILE: z.string().prefault('agents.yaml').meta({
    description:
      'The configuration of the agents; without this file, there is the built-in agent `assistant`.',
  }),
  ERRAND_MODEL: z
    .string()
    .optional()
    .meta({ description: 'The model of the built-in agent `assistant`.', shownDefault: "the provider's" }),
  ERRAND_WORKER_CONCURRENCY: wholeNumber(1, 1_000)
    .prefault('10')
    .meta({ description: 'How many runs a process executes at the same time.' }),
  ERRAND_LEASE_SECONDS: seconds(MIN_LEASE_SECONDS, 3_600).prefault('30').meta({
    description: 'How long the tasks of a crashed worker wait before another worker continues them.',
  }),
  ERRAND_POLL_SECONDS: seconds(0.05, 3_600)
    .prefault('1')
    .meta({ description: 'How often a worker looks for work without a wake-up.' }),
  ERRAND_SHUTDOWN_GRACE_SECONDS: seconds(0, 3_600)
    .prefault('10')
    .meta({ description: 'How long runs may continue after SIGTERM before other workers continue them.' }),
  ERRAND_ALLOWED_ORIGINS: origins.prefault('').meta({
    description:
      'Origins of other browser apps that may call the APIs, such as `https://app.example.com`, separated by commas.',
  }),
  ERRAND_OUTGOING_ALLOW: outgoingAllow.prefault('').meta({
    description:
      'Non-public targets that outgoing webhooks and checks may call: hosts, addresses and networks such as `hooks.internal:8080` or `10.0.0.0/8`, separated by commas.',
  }),
  ERRAND_RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1_000_000).prefault('600').meta({
    description:
      'How many REST requests per minute are accepted for each API key, and how many calls for each webhook; 0 for no limit.',
  }),
  ERRAND_LOG_LEVEL: z
    .enum(LOG_LEVELS, `use one of ${LOG_LEVELS.join(', ')}`)
    .prefault('info')
    .meta({
      description: `The lowest level that is logged: ${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}.`,
    }),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/errand')
    .optional()
    .meta({
      description: 'The PostgreSQL database to use.',
      shownDefault: 'the embedded PostgreSQL',
      secret: true,
    }),
  MONGODB_URL: url(['mongodb:', 'mongodb+srv:'], 'mongodb://host:27017/errand').optional().meta({
    description: 'A MongoDB database for the scheduler.',
    shownDefault: 'the PostgreSQL database',
    secret: true,
  }),
  OPENAI_API_KEY: withoutSpaces('use printable ASCII characters without spaces').optional().meta({
    description: 'The API key of the models; this or `OPENAI_BASE_URL` selects a real model.',
    shownDefault: 'the demo model',
    secret: true,
  }),
  // A base URL can contain a password, so its value is treated as a secret.
  OPENAI_BASE_URL: url(['http:', 'https:'], 'https://api.openai.com/v1')
    .optional()
    .meta({ description: 'The base URL of another models API than that of OpenAI.', secret: true }),
});

export const VARIABLE_NAMES: readonly string[] = Object.keys(environmentSchema.shape);

/** True if the variable's value must never be shown. */
export function isSecret(name: string): boolean {
  return metaOf(name)['secret'] === true;
}

function metaOf(name: string): Record<string, unknown> {
  const variable = environmentSchema.shape[name as keyof typeof environmentSchema.shape];
  return variable?.meta() ?? {};
}

/** The README's table of environment variables, as Markdown. */
export function environmentTable(): string {
  const inputs = z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' }).properties ?? {};
  const rows = VARIABLE_NAMES.map((name) => {
    const input = inputs[name];
    const fallback = typeof input === 'object' && input.default ? `\`${String(input.default)}\`` : undefined;
    const { description, shownDefault } = metaOf(name);
    return `| \`${name}\` | ${fallback ?? shownDefault ?? '–'} | ${description} |`;
  });
  return ['| variable | default | description |', '|---|---|---|', ...rows].join('\n');
}
