import { z } from 'zod';
import type { OutgoingAllow } from '../../guarded-http/allow.ts';
import { verificationOf, verificationProblems } from '../signatures/verification.ts';
import {
  COMMON_KEYS,
  CRON_KEYS,
  type FileSchemas,
  fileSchemas,
  type TriggerFile,
  WEBHOOK_KEYS,
} from './schema.ts';
import type { FileTrigger } from './sync.ts';

type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/**
 * Reads `triggers:` of `agents.yaml`. The reader of the file (`agents/config`) calls this and does not depend on
 * triggers. Problems are returned as issues with paths, and the reader adds their lines.
 */
export function createTriggerSection(allow: OutgoingAllow) {
  return {
    key: 'triggers',
    keysAt: (path: readonly (string | number)[]): readonly string[] =>
      path.length === 1 ? [...COMMON_KEYS, ...CRON_KEYS, ...WEBHOOK_KEYS] : [],
    read: (raw: unknown, file: TriggerFile): Result<readonly FileTrigger[]> => readTriggers(raw, file, allow),
  };
}

const mapping = z.record(z.string(), z.unknown());

function readTriggers(raw: unknown, file: TriggerFile, allow: OutgoingAllow): Result<readonly FileTrigger[]> {
  if (raw === undefined) return { ok: true, value: [] };
  const listed = mapping.safeParse(raw, { reportInput: true });
  if (!listed.success) return { ok: false, issues: listed.error.issues };
  const schemas = fileSchemas(file, allow);
  const issues: z.core.$ZodIssue[] = [];
  const triggers = new Map<string, FileTrigger>();
  for (const [key, entry] of Object.entries(listed.data)) {
    const name = schemas.name.safeParse(key);
    const found = name.success ? [] : name.error.issues;
    const read = readTrigger(name.data ?? key, entry, schemas);
    const wrong = [...found, ...(read.ok ? [] : read.issues)];
    issues.push(...wrong.map((issue) => ({ ...issue, path: [key, ...issue.path] })));
    if (read.ok) triggers.set(key, read.value);
  }
  issues.push(...twice(triggers));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: [...triggers.values()] };
}

function readTrigger(name: string, entry: unknown, schemas: FileSchemas): Result<FileTrigger> {
  const keys = mapping.safeParse(entry, { reportInput: true });
  if (!keys.success) return { ok: false, issues: keys.error.issues };
  const isCron = 'cron' in keys.data;
  const isWebhook = 'webhook' in keys.data;
  if (isCron && isWebhook) {
    return { ok: false, issues: [issue(['webhook'], 'cannot be combined with "cron"; set one of them.')] };
  }
  if (isCron) return readCron(name, entry, schemas);
  if (isWebhook) return readWebhook(name, entry, schemas);
  const known = new Set([...COMMON_KEYS, ...CRON_KEYS, ...WEBHOOK_KEYS]);
  const unknown = Object.keys(keys.data).filter((key) => !known.has(key));
  const missing = issue([], 'must have either "cron" (the schedule) or "webhook" (the path).');
  return { ok: false, issues: unknown.length > 0 ? [missing, unknownKeys(unknown)] : [missing] };
}

function readCron(name: string, entry: unknown, schemas: FileSchemas): Result<FileTrigger> {
  const read = schemas.cron.safeParse(entry, { reportInput: true });
  if (!read.success) return { ok: false, issues: withForeign(read.error.issues, WEBHOOK_KEYS, 'a webhook') };
  const { agent, title, description, cron, timezone, overlap, misfire, misfire_window, check_url } =
    read.data;
  return {
    ok: true,
    value: {
      kind: 'cron',
      name,
      agent: agent ?? null,
      title,
      description: description ?? null,
      priority: read.data.priority,
      cron,
      timezone,
      overlap,
      misfire,
      misfireWindowSeconds: misfire_window,
      checkUrl: check_url ?? null,
    },
  };
}

function readWebhook(name: string, entry: unknown, schemas: FileSchemas): Result<FileTrigger> {
  const read = schemas.webhook.safeParse(entry, { reportInput: true });
  if (!read.success)
    return { ok: false, issues: withForeign(read.error.issues, CRON_KEYS, 'a cron trigger') };
  const { agent, title, description, webhook, verify, verify_header, secret, secrets, when } = read.data;
  if (secret !== undefined && secrets !== undefined) {
    return { ok: false, issues: [issue(['secrets'], 'set either "secret" or "secrets", not both.')] };
  }
  const wanted = {
    verify,
    verifyHeader: verify_header ?? null,
    secrets: secrets ?? (secret === undefined ? [] : [secret]),
  };
  const problems = verificationProblems(wanted);
  if (problems.length > 0) {
    const keyOf = { verifyHeader: 'verify_header', secrets: secrets === undefined ? 'secret' : 'secrets' };
    const issues = problems.map(({ field, index, message }) => {
      const inList = field === 'secrets' && secrets !== undefined && index !== undefined;
      return issue(inList ? ['secrets', index] : [keyOf[field]], `${message}.`);
    });
    return { ok: false, issues };
  }
  return {
    ok: true,
    value: {
      kind: 'webhook',
      name,
      agent: agent ?? null,
      title,
      description: description ?? null,
      priority: read.data.priority,
      path: webhook,
      ...verificationOf(wanted),
      when: when ?? null,
      dedupeSeconds: read.data.dedupe_seconds,
    },
  };
}

/** Two triggers that conflict: the same path, or names that are equal after Unicode normalisation. */
function twice(triggers: ReadonlyMap<string, FileTrigger>): z.core.$ZodIssue[] {
  const names = new Set<string>();
  const paths = new Map<string, string>();
  return [...triggers].flatMap(([key, trigger]) => {
    if (names.has(trigger.name)) return [issue([key], 'this name is used by another trigger.')];
    names.add(trigger.name);
    if (trigger.kind === 'cron') return [];
    const other = paths.get(trigger.path);
    paths.set(trigger.path, key);
    if (other === undefined) return [];
    return [issue([key, 'webhook'], `this path is used by "${other}"; paths must be unique.`)];
  });
}

/** For a key of the other kind of trigger, the message names that kind. */
function withForeign(
  issues: readonly z.core.$ZodIssue[],
  foreign: readonly string[],
  whose: string,
): z.core.$ZodIssue[] {
  return issues.flatMap((each) => {
    if (each.code !== 'unrecognized_keys' || each.path.length > 0) return [each];
    const unknown = each.keys.filter((key) => !foreign.includes(key));
    const misplaced = each.keys
      .filter((key) => foreign.includes(key))
      .map((key) => issue([key], `belongs to ${whose}; this trigger is of the other kind.`));
    return unknown.length > 0 ? [unknownKeys(unknown), ...misplaced] : misplaced;
  });
}

function issue(path: (string | number)[], message: string): z.core.$ZodIssue {
  return { code: 'custom', path, message, input: undefined };
}

function unknownKeys(keys: string[]): z.core.$ZodIssue {
  return { code: 'unrecognized_keys', keys, path: [], message: '' };
}
