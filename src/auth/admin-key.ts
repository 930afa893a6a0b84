import { StartError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Actor } from '../domain/actor.ts';
import { KEY_SOURCES } from '../domain/source.ts';
import { type ApiKey, endOf } from '../store/keys/api-key.ts';
import {
  insertKey,
  type KeyClient,
  listKeys,
  readKeyByHash,
  revokeKeys,
  withKeysLocked,
} from '../store/keys/keys.ts';
import { adminKeyPath, readAdminKeyFile, removeAdminKeyFile, writeAdminKeyFile } from './admin-key-file.ts';
import type { KeyContext } from './key-context.ts';
import { hashSecret, newSecret } from './secret.ts';

/** On record for the admin key of the start, by where it came from. */
const GENERATED: Actor = { kind: 'system', id: 'start', name: 'Errand' };
const CONFIGURED: Actor = { kind: 'system', id: 'environment', name: 'ERRAND_ADMIN_KEY' };

const WAY_BACK_IN = 'errand key create --name <name> --role admin makes another';

export interface AdminKeyOptions {
  /** Where the generated key is kept; undefined with `DATABASE_URL`: then it is shown once and kept nowhere. */
  readonly dataDir: string | undefined;
  /** `ERRAND_ADMIN_KEY`. */
  readonly configured: string | undefined;
  /** True when a person reads what is written: elsewhere the kept key's path is shown, not the key. */
  readonly isTerminal: boolean;
  /** A line for people; never the log. */
  readonly out: (line: string) => void;
}

export interface AdminKey {
  /** The secret, when it may be shown here; for the line that the newcomer pastes. */
  readonly secret: string | undefined;
  /** The file it lies in, if any. */
  readonly path: string | undefined;
}

interface Outcome extends AdminKey {
  readonly lines: readonly string[];
  readonly changed: readonly string[];
}

/**
 * Sees to it that somebody can get in (design: "Keys at start"). Safe for processes that start at once: each does so
 * alone. Throws `StartError` for an `ERRAND_ADMIN_KEY` that cannot be, or a file that cannot be read or written.
 */
export async function ensureAdminKey(keys: KeyContext, options: AdminKeyOptions): Promise<AdminKey> {
  const { configured, dataDir, isTerminal, out } = options;
  const file = dataDir === undefined ? undefined : adminKeyPath(dataDir);
  const outcome = await withKeysLocked(keys.prisma, (transaction): Promise<Outcome> => {
    if (configured !== undefined) return useConfigured(transaction, configured);
    if (file !== undefined) return useFile(transaction, file, isTerminal);
    return showOnce(transaction);
  });
  if (outcome.changed.length > 0) keys.pubsub.publish('keys', { keyIds: [...outcome.changed] });
  // Its key was just revoked, here or by a process that started before.
  if (configured !== undefined && file !== undefined) await removeAdminKeyFile(file);
  for (const line of outcome.lines) out(line);
  return { secret: outcome.secret, path: outcome.path };
}

/** The configured key replaces and revokes the one before. */
async function useConfigured(client: KeyClient, secret: string): Promise<Outcome> {
  const known = await readKeyByHash(client, hashSecret(secret));
  const reason = known && whyUnusable(known.key, known.readAt);
  if (reason) {
    throw new StartError(`ERRAND_ADMIN_KEY is the secret of a key that ${reason}: choose another one.`);
  }
  const key = known?.key ?? (await insertAdminKey(client, secret, CONFIGURED));
  const before = (await startKeys(client)).filter(({ id }) => id !== key.id).map(({ id }) => id);
  const changed = await revokeKeys(client, before);
  return { lines: ['Admin key: the one in ERRAND_ADMIN_KEY'], secret: undefined, path: undefined, changed };
}

function whyUnusable(key: ApiKey, now: Date): string | undefined {
  const end = endOf(key, now);
  if (end) return end === 'revoked' ? 'was revoked' : 'has expired';
  return key.role === 'admin' ? undefined : `has the role ${key.role}`;
}

/** The key in the data folder; made when there is none that opens. */
async function useFile(client: KeyClient, file: string, isTerminal: boolean): Promise<Outcome> {
  const kept = await readAdminKeyFile(file);
  const known = kept === undefined ? undefined : await readKeyByHash(client, hashSecret(kept));
  const started = await startKeys(client);
  const live = started.filter((key) => key.revokedAt === null);
  if (kept !== undefined && known && !whyUnusable(known.key, known.readAt)) {
    return { ...shownFile(file, kept, isTerminal), changed: [] };
  }
  if (live.some((key) => key.createdBy.id === CONFIGURED.id)) {
    return alreadyMade('Admin key: the one that ERRAND_ADMIN_KEY named at an earlier start');
  }
  if (live.length === 0 && started.length > 0 && (await hasLiveAdmin(client))) {
    return alreadyMade('Admin key: the first one was revoked, and another admin key lives');
  }
  // What the file holds and the database has never seen was written by a start that was cut short, or the
  // database is a new one: the key people know stays good.
  const secret = kept !== undefined && !known ? kept : newSecret();
  // The file first: a start cut short here finds it again.
  if (secret !== kept) await writeAdminKeyFile(file, secret);
  await insertAdminKey(client, secret, GENERATED);
  const changed = await revokeKeys(
    client,
    live.map(({ id }) => id),
  );
  return { ...shownFile(file, secret, isTerminal), changed };
}

/** Without a folder of ours: made and shown at the first start, and never again. */
async function showOnce(client: KeyClient): Promise<Outcome> {
  const isFirstStart = (await startKeys(client)).length === 0;
  if (!isFirstStart && (await hasLiveAdmin(client))) {
    return alreadyMade('Admin key: the one that was shown at the first start');
  }
  const secret = newSecret();
  await insertAdminKey(client, secret, GENERATED);
  const lines = [
    `Admin key: ${secret}`,
    'It is shown this once and kept nowhere: put it where you keep secrets.',
  ];
  return { lines, secret, path: undefined, changed: [] };
}

function shownFile(file: string, secret: string, isTerminal: boolean): Omit<Outcome, 'changed'> {
  return isTerminal
    ? { lines: [`Admin key: ${secret} (kept in ${file})`], secret, path: file }
    : { lines: [`Admin key: in ${file}`], secret: undefined, path: file };
}

function alreadyMade(line: string): Outcome {
  return { lines: [`${line} (${WAY_BACK_IN})`], secret: undefined, path: undefined, changed: [] };
}

/** Every admin key that a start ever made. */
async function startKeys(client: KeyClient): Promise<ApiKey[]> {
  const ids = [GENERATED.id, CONFIGURED.id];
  return (await listKeys(client)).filter(
    ({ createdBy }) => createdBy.kind === 'system' && ids.includes(createdBy.id),
  );
}

async function hasLiveAdmin(client: KeyClient): Promise<boolean> {
  // None of ours expires within a start; one that does is no way in to count on.
  return (await listKeys(client)).some(
    (key) => key.role === 'admin' && key.revokedAt === null && key.expiresAt === null,
  );
}

function insertAdminKey(client: KeyClient, secret: string, createdBy: Actor): Promise<ApiKey> {
  return insertKey(client, {
    id: newId('apiKey'),
    name: 'admin',
    role: 'admin',
    kind: 'person',
    sources: KEY_SOURCES,
    expiresAt: null,
    createdBy,
    secretHash: hashSecret(secret),
  });
}
