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

/** Recorded as the creator of an admin key that was made at start. */
const GENERATED: Actor = { kind: 'system', id: 'start', name: 'Errand' };
const CONFIGURED: Actor = { kind: 'system', id: 'environment', name: 'ERRAND_ADMIN_KEY' };

const RECOVERY_HINT = 'create another with: errand key create --name <name> --role admin';

export interface AdminKeyOptions {
  /** Folder for the generated key; undefined with `DATABASE_URL`: the key is then shown once and not stored. */
  readonly dataDir: string | undefined;
  /** `ERRAND_ADMIN_KEY`. */
  readonly configured: string | undefined;
  /** True if a person reads the output. Otherwise the path of the stored key is shown instead of the key. */
  readonly isTerminal: boolean;
  /** Writes a line for people, not to the log. */
  readonly out: (line: string) => void;
}

export interface AdminKey {
  /** The secret if it may be shown here, for the example command that the banner prints. */
  readonly secret: string | undefined;
  /** The file that contains it, if any. */
  readonly path: string | undefined;
}

interface Outcome extends AdminKey {
  readonly lines: readonly string[];
  readonly changed: readonly string[];
}

/**
 * Makes sure that a usable admin key exists. A database lock serialises processes that start at the same time.
 * Throws `StartError` if `ERRAND_ADMIN_KEY` is unusable or the key file cannot be read or written.
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
  // The key in the file was revoked just now, here or by a process that started earlier.
  if (configured !== undefined && file !== undefined) await removeAdminKeyFile(file);
  for (const line of outcome.lines) out(line);
  return { secret: outcome.secret, path: outcome.path };
}

/** The configured key replaces earlier admin keys of a start and revokes them. */
async function useConfigured(client: KeyClient, secret: string): Promise<Outcome> {
  const known = await readKeyByHash(client, hashSecret(secret));
  const reason = known && whyUnusable(known.key, known.readAt);
  if (reason) {
    throw new StartError(`ERRAND_ADMIN_KEY is the secret of a key that ${reason}; choose another secret.`);
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

/** The key in the data folder; a new one is made if there is no usable key. */
async function useFile(client: KeyClient, file: string, isTerminal: boolean): Promise<Outcome> {
  const kept = await readAdminKeyFile(file);
  const known = kept === undefined ? undefined : await readKeyByHash(client, hashSecret(kept));
  const started = await startKeys(client);
  const live = started.filter((key) => key.revokedAt === null);
  if (kept !== undefined && known && !whyUnusable(known.key, known.readAt)) {
    return { ...shownFile(file, kept, isTerminal), changed: [] };
  }
  if (live.some((key) => key.createdBy.id === CONFIGURED.id)) {
    return alreadyMade('Admin key: the one set by ERRAND_ADMIN_KEY at an earlier start');
  }
  if (live.length === 0 && started.length > 0 && (await hasLiveAdmin(client))) {
    return alreadyMade('Admin key: the first one was revoked, and another admin key is active');
  }
  // A key in the file that the database does not have was written by an interrupted start, or the database is
  // new. It is kept, so that a key which people already use stays valid.
  const secret = kept !== undefined && !known ? kept : newSecret();
  // The file is written before the row, so that the next start finds the key if this one is interrupted.
  if (secret !== kept) await writeAdminKeyFile(file, secret);
  await insertAdminKey(client, secret, GENERATED);
  const changed = await revokeKeys(
    client,
    live.map(({ id }) => id),
  );
  return { ...shownFile(file, secret, isTerminal), changed };
}

/** Without a data folder: makes the key at the first start and shows it once. */
async function showOnce(client: KeyClient): Promise<Outcome> {
  const isFirstStart = (await startKeys(client)).length === 0;
  if (!isFirstStart && (await hasLiveAdmin(client))) {
    return alreadyMade('Admin key: the one that was shown at the first start');
  }
  const secret = newSecret();
  await insertAdminKey(client, secret, GENERATED);
  const lines = [`Admin key: ${secret}`, 'It is shown only once and not stored; save it now.'];
  return { lines, secret, path: undefined, changed: [] };
}

function shownFile(file: string, secret: string, isTerminal: boolean): Omit<Outcome, 'changed'> {
  return isTerminal
    ? { lines: [`Admin key: ${secret} (stored in ${file})`], secret, path: file }
    : { lines: [`Admin key: in ${file}`], secret: undefined, path: file };
}

function alreadyMade(line: string): Outcome {
  return { lines: [`${line} (${RECOVERY_HINT})`], secret: undefined, path: undefined, changed: [] };
}

/** Every admin key that was made at a start. */
async function startKeys(client: KeyClient): Promise<ApiKey[]> {
  const ids = [GENERATED.id, CONFIGURED.id];
  return (await listKeys(client)).filter(
    ({ createdBy }) => createdBy.kind === 'system' && ids.includes(createdBy.id),
  );
}

async function hasLiveAdmin(client: KeyClient): Promise<boolean> {
  // A key that expires does not count: access would be lost at its expiry.
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
