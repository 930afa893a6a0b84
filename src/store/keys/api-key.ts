import { z } from 'zod';
import { type Actor, actorSchema } from '../../domain/actor.ts';
import { ROLES, type Role } from '../../domain/permissions.ts';
import { KEY_SOURCES, type KeySource } from '../../domain/source.ts';

/** Who uses a key; it becomes the kind of the recorded actor. */
export const KEY_KINDS = ['person', 'service'] as const;
type KeyKind = (typeof KEY_KINDS)[number];

/** An API key as stored, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly kind: KeyKind;
  readonly sources: readonly KeySource[];
  readonly createdBy: Actor;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A key and the database's time of the read, which `expiresAt` is compared with. */
export interface ReadApiKey {
  readonly key: ApiKey;
  readonly readAt: Date;
}

const row = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  kind: z.enum(KEY_KINDS),
  sources: z.array(z.enum(KEY_SOURCES)),
  createdBy: actorSchema,
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
});

/** Validates a row of `api_keys` and omits the hash. Throws for a row that Errand cannot have written. */
export function toApiKey(value: unknown): ApiKey {
  return row.parse(value);
}

/** Why a key is not valid at `now`; undefined while it is valid. */
export function endOf(key: ApiKey, now: Date): 'revoked' | 'expired' | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return undefined;
}
