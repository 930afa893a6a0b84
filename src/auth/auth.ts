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

/** A database that does not answer is told to the caller after this. */
const READ_TIMEOUT_MS = 5_000;

export interface Auth extends AsyncDisposable {
  /**
   * Who calls, from `Bearer <key>` (the Authorization header, or `connectionParams.authorization`).
   * Throws `UNAUTHENTICATED`, or `UNAVAILABLE` while the database is away.
   */
  authenticate(authorization: string | undefined): Promise<Caller>;

  /**
   * The rights of a background run that acts for a key, capped at member. The run adds itself as the actor.
   * Throws `FORBIDDEN` once the key is revoked or expired, `UNAVAILABLE` while the database is away.
   */
  callerForKey(keyId: string): Promise<Caller>;

  /** Calls `onEnd` once, within 5 s of the key's revocation or expiry. Gives back the way to stop. */
  watch(caller: Caller, onEnd: (end: KeyEnd) => void): () => void;
}

/** Who calls, and for how long they may. Subscribes to the `keys` topic. */
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
      throw new OperationError('UNAVAILABLE', 'API keys cannot be checked at this moment; try again.');
    }
  };

  return {
    async authenticate(authorization) {
      const found = await find(byHash, hashSecret(secretIn(authorization)));
      if (!found) throw unauthenticated('This API key is not known here.');
      if (found.end) throw unauthenticated(endMessage('This API key', found.end));
      return callerOf(found.key);
    },
    async callerForKey(keyId) {
      const found = await find(byId, keyId);
      if (!found) throw new Refusal('FORBIDDEN', 'The API key that this task acts for is not known.');
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
    throw unauthenticated('An API key is needed: send it as Authorization: Bearer <key>.');
  }
  const secret = secretOfBearer(authorization);
  if (secret === undefined) throw unauthenticated('The API key must be sent as Authorization: Bearer <key>.');
  return secret;
}

function unauthenticated(message: string): OperationError {
  return new OperationError('UNAUTHENTICATED', message);
}

/** What a person is told whose key ended. */
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
