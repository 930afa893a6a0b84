import { z } from 'zod';
import { hasControlCharacters } from '../../core/clean-text.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const DURATION = /^(\d+(?:\.\d+)?)(s|m|h)$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;
const MAX_TIMEOUT_MS = 24 * UNIT_MS.h;

/** The problem with the name of an agent or a provider; undefined when it is valid. */
export function nameProblem(name: string): string | undefined {
  if (NAME.test(name)) return undefined;
  return 'a name is letters, digits, "-" and "_", begins with a letter or digit, and has at most 63 characters.';
}

const line = (maxCharacters: number): z.ZodString =>
  z
    .string()
    .trim()
    .min(1, { error: 'Must not be empty.' })
    .max(maxCharacters, { error: `At most ${maxCharacters} characters.` })
    .regex(/^[^\r\n]*$/, { error: 'Must be one line.' });

/** `90s`, `10m`, `1.5h` → milliseconds. */
const duration = z
  .string({ error: 'A duration is a number with its unit: "90s", "10m" or "2h".' })
  .transform((text, context) => {
    const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
    const durationMs = Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
    if (amount !== undefined && durationMs >= 1000 && durationMs <= MAX_TIMEOUT_MS)
      return Math.round(durationMs);
    context.addIssue({
      code: 'custom',
      message:
        amount === undefined
          ? 'A duration is a number with its unit: "90s", "10m" or "2h".'
          : 'A timeout is from 1 second to 24 hours.',
    });
    return z.NEVER;
  });

const limits = z.strictObject({
  max_steps: z
    .int({ error: 'Must be a whole number.' })
    .min(1, { error: 'At least 1.' })
    .max(1000, { error: 'At most 1000.' })
    .optional(),
  max_tokens: z.int({ error: 'Must be a whole number.' }).min(1, { error: 'At least 1.' }).optional(),
  timeout: duration.optional(),
});

/** The schema of the file; `tools` are the names that an agent may list. Unknown keys are errors. */
export function agentsFileSchema(tools: readonly string[]) {
  const agent = z.strictObject({
    model: line(200),
    provider: z.string().optional(),
    tools: z.array(z.enum(tools as readonly [string, ...string[]])).default([]),
    system: z
      .string()
      .max(65_536, { error: 'At most 65536 characters.' })
      .refine((text) => !hasControlCharacters(text) && !text.includes('\r'), {
        error: 'Contains control characters.',
      }),
    limits: limits.optional(),
  });
  const provider = z.strictObject({
    base_url: line(2000),
    api_key: line(2000),
  });
  return z.strictObject({
    agents: z
      .record(z.string(), agent)
      .refine((agents) => Object.keys(agents).length > 0, { error: 'Defines no agent.' }),
    providers: z.record(z.string(), provider).optional(),
  });
}

export type AgentsFile = z.output<ReturnType<typeof agentsFileSchema>>;

/** The keys that the mapping at this path may have, for suggestions. */
export function knownKeysAt(path: readonly (string | number)[], section?: string): readonly string[] {
  if (path.length === 0) return ['agents', 'providers', ...(section === undefined ? [] : [section])];
  if (path[0] === 'providers') return ['base_url', 'api_key'];
  return path[2] === 'limits'
    ? ['max_steps', 'max_tokens', 'timeout']
    : ['model', 'provider', 'tools', 'system', 'limits'];
}
