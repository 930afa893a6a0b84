import { z } from 'zod';
import { type Actor, actorSchema } from '../../domain/actor.ts';
import { ROLES, type Role } from '../../domain/permissions.ts';
import { KEY_SOURCES, type KeySource } from '../../domain/source.ts';

/** Who uses a key: it decides the actor's kind on record. */
export const KEY_KINDS = ['person', 'service'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** An API key as it is kept: never its secret, which nobody has but its holder. */
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

/** A key and the database's clock when it was read: what `expiresAt` compares with. */
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

/** A row of `api_keys`, checked; the hash stays behind. Throws for what only a hand could have written. */
export function toApiKey(value: unknown): ApiKey {
  return row.parse(value);
}

/** Why a key opens nothing any more at `now`, or undefined while it lives. */
export function endOf(key: ApiKey, now: Date): 'revoked' | 'expired' | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return undefined;
}
