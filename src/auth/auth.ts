import { messageOf, OperationError, Refusal } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { withDeadline } from '../core/promises.ts';
import { type Caller, roleOfRun } from '../domain/permissions.ts';
import type { ApiKey } from '../store/keys/api-key.ts';
import { readKeyByHash, readKeysById } from '../store/keys/keys.ts';
import { type CheckedKey, KeyCache, type KeyEnd } from './key-cache.ts';
import type { KeyContext } from './key-context.ts';
import { KeyWatch } from './key-watch.ts';
import { hashSecret, secretOfBearer } from './secret.ts';

/** After this the caller gets `UNAVAILABLE` if the database does not answer. */
const READ_TIMEOUT_MS = 5_000;

export interface Auth extends AsyncDisposable {
  /**
   * The caller of `Bearer <key>` (the Authorization header, or `connectionParams.authorization`).
   * Throws `UNAUTHENTICATED`, or `UNAVAILABLE` while the database is unavailable.
   */
  authenticate(authorization: string | undefined): Promise<Caller>;

  /**
   * The permissions of a background run that acts for a key, limited to those of a member. The actor is set by the run.
   * Throws `FORBIDDEN` once the key is revoked or expired, `UNAVAILABLE` while the database is unavailable.
   */
  callerForKey(keyId: string): Promise<Caller>;

  /** Calls `onEnd` once, within 5 s of the key's revocation or expiry. Returns a function that stops watching. */
  watch(caller: Caller, onEnd: (end: KeyEnd) => void): () => void;
}

/** Authenticates callers, and watches until when their keys are valid. Subscribes to the topic `keys`. */
export function createAuth({ prisma, pubsub, log }: KeyContext & { readonly log: Log }): Auth {
  const byHash = new KeyCache((hash) => readKeyByHash(prisma, hash));
  const byId = new KeyCache(async (id) => (await readKeysById(prisma, [id]))[0]);
  const watch = new KeyWatch((keyIds) => readKeysById(prisma, keyIds), log);
  const changed = (keyIds: readonly string[]): void => {
    byHash.forget(keyIds);
    byId.forget(keyIds);
    watch.wake(keyIds);
  };
  const stops = [
    pubsub.subscribe('keys', ({ keyIds }) => changed(keyIds)),
    pubsub.onReconnect(() => changed([])),
  ];
  const find = async (cache: KeyCache, name: string): Promise<CheckedKey | undefined> => {
    try {
      return await withDeadline(READ_TIMEOUT_MS, cache.get(name));
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'an API key could not be read');
      throw new OperationError('UNAVAILABLE', 'API keys cannot be checked now; try again later.');
    }
  };

  return {
    async authenticate(authorization) {
      const found = await find(byHash, hashSecret(secretIn(authorization)));
      if (!found) throw unauthenticated('Unknown API key; check it, or ask an admin for a new one.');
      if (found.end) throw unauthenticated(endMessage('This API key', found.end));
      return callerOf(found.key);
    },
    async callerForKey(keyId) {
      const found = await find(byId, keyId);
      if (!found) throw new Refusal('FORBIDDEN', 'The API key that this task acts for no longer exists.');
      if (found.end)
        throw new Refusal('FORBIDDEN', endMessage('The API key that this task acts for', found.end));
      const caller = callerOf(found.key);
      return { ...caller, role: roleOfRun(caller.role) };
    },
    watch: ({ keyId }, onEnd) => (keyId === null ? () => undefined : watch.watch(keyId, onEnd)),
    [Symbol.asyncDispose]: async () => {
      for (const stop of stops) stop();
      watch.stop();
    },
  };
}

function secretIn(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') {
    throw unauthenticated('Authentication required; send an API key as Authorization: Bearer <key>.');
  }
  const secret = secretOfBearer(authorization);
  if (secret === undefined)
    throw unauthenticated('Malformed Authorization header; send the API key as Authorization: Bearer <key>.');
  return secret;
}

function unauthenticated(message: string): OperationError {
  return new OperationError('UNAUTHENTICATED', message);
}

/** The error text for a key that was revoked or has expired. */
export function endMessage(subject: string, end: KeyEnd): string {
  return end === 'revoked' ? `${subject} was revoked.` : `${subject} has expired.`;
}

function callerOf(key: ApiKey): Caller {
  return {
    actor: { kind: key.kind, id: key.id, name: key.name },
    role: key.role,
    keyId: key.id,
    sources: key.sources,
    run: null,
  };
}
