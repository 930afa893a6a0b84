import { z } from 'zod';
import { invalid, Refusal } from '../../core/errors.ts';
import { isId, newId } from '../../core/ids.ts';
import type { Actor } from '../../domain/actor.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import { LIMITS } from '../../domain/limits.ts';
import { type Caller, ROLES } from '../../domain/permissions.ts';
import { KEY_SOURCES } from '../../domain/source.ts';
import { type ApiKey, endOf, KEY_KINDS } from '../../store/keys/api-key.ts';
import { insertKey, listKeys, readKeysById, revokeKeys, withKeysLocked } from '../../store/keys/keys.ts';
import { line, moment, parseInput } from '../../tasks/fields.ts';
import type { KeyContext } from '../key-context.ts';
import { hashSecret, newSecret } from '../secret.ts';

const schema = z.object({
  name: line(LIMITS.nameCharacters),
  role: z.enum(ROLES, { error: `must be one of ${ROLES.join(', ')}` }),
  kind: z.enum(KEY_KINDS, { error: `must be one of ${KEY_KINDS.join(', ')}` }).nullish(),
  sources: z
    .array(z.enum(KEY_SOURCES, { error: `must be one of ${KEY_SOURCES.join(', ')}` }))
    .min(1, { error: 'must name at least one source' })
    .max(10, { error: 'has too many sources; the maximum is 10' })
    .nullish(),
  // Only an early check. Whether a key is valid is decided by the database's clock at each use.
  expiresAt: moment.refine((value) => value.getTime() > Date.now(), { error: 'is in the past' }).nullish(),
});
/** Defaults: `kind` person, all `sources`. Without `expiresAt` the key is valid until it is revoked. */
export type CreateApiKeyInput = z.input<typeof schema>;

export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  /** Shown once: only its hash is stored. */
  readonly secret: string;
}

/** Recorded as the creator of a key made by `errand key create`. */
const COMMAND_LINE: Actor = { kind: 'system', id: 'command-line', name: 'errand key create' };

/** Creates a key. Admins only. Throws `FORBIDDEN` or `VALIDATION`. */
export async function createApiKey(
  keys: KeyContext,
  caller: Caller,
  input: CreateApiKeyInput,
): Promise<CreatedApiKey> {
  mustBeAllowed(caller, 'key.manage');
  return makeKey(keys, caller.actor, input);
}

/** Creates a key without an API key: whoever runs the command has access to the database. Throws `VALIDATION`. */
export function createKeyFromCli(keys: KeyContext, input: CreateApiKeyInput): Promise<CreatedApiKey> {
  return makeKey(keys, COMMAND_LINE, input);
}

async function makeKey(keys: KeyContext, createdBy: Actor, input: CreateApiKeyInput): Promise<CreatedApiKey> {
  const { name, role, kind, sources, expiresAt } = parseInput(schema, input);
  const secret = newSecret();
  const apiKey = await insertKey(keys.prisma, {
    id: newId('apiKey'),
    name: name.trim(),
    role,
    kind: kind ?? 'person',
    sources: [...new Set(sources ?? KEY_SOURCES)],
    expiresAt: expiresAt ?? null,
    createdBy,
    secretHash: hashSecret(secret),
  });
  return { apiKey, secret };
}

/** All keys, oldest first, without secrets. Admins only. Throws `FORBIDDEN`. */
export async function listApiKeys(keys: KeyContext, caller: Caller): Promise<ApiKey[]> {
  mustBeAllowed(caller, 'key.manage');
  return listKeys(keys.prisma);
}

/**
 * Revokes a key; its open streams end within 5 s. Revoking it again changes nothing. Admins only.
 * Throws `FORBIDDEN`, `NOT_FOUND`, or `VALIDATION` for the last active admin key, since that could not be undone.
 */
export async function revokeApiKey(
  keys: KeyContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<ApiKey> {
  mustBeAllowed(caller, 'key.manage');
  if (!isId('apiKey', id)) throw noSuchKey(id);
  const revoked = await withKeysLocked(keys.prisma, async (transaction) => {
    const [found] = await readKeysById(transaction, [id]);
    if (!found) throw noSuchKey(id);
    if (found.key.revokedAt !== null) return found.key;
    if (!endOf(found.key, found.readAt) && found.key.role === 'admin') {
      const others = (await listKeys(transaction)).filter(
        (key) => key.id !== id && key.role === 'admin' && !endOf(key, found.readAt),
      );
      if (others.length === 0) throw lastAdminKey();
    }
    await revokeKeys(transaction, [id]);
    const [after] = await readKeysById(transaction, [id]);
    return after?.key ?? found.key;
  });
  // Published also for a key revoked earlier: the first notification may have been lost.
  keys.pubsub.publish('keys', { keyIds: [id] });
  return revoked;
}

function noSuchKey(id: string): Refusal {
  return new Refusal('NOT_FOUND', `Not found: API key ${id.slice(0, 100)}`);
}

function lastAdminKey(): Refusal {
  const message = 'is the last active admin key; create another one first (createApiKey with role admin)';
  return invalid([{ path: ['id'], message }]);
}
