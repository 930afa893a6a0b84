import { SYSTEM } from '../domain/actor.ts';
import type { Caller } from '../domain/permissions.ts';

/** The callers who are shown the same data by a source, whatever they select. */
export interface Audience {
  /** Equal for two callers only if each may see exactly what the other may. */
  readonly key: string;
  /** The caller that shared work is done as: with the permissions of the audience, and no person's identity. */
  readonly reader: Caller;
}

/** For data that depends on nothing but the role of the caller, as all data of tasks does. */
export function audienceOfRole({ role }: Pick<Caller, 'role'>): Audience {
  return { key: `role ${role}`, reader: { actor: SYSTEM, role, keyId: null, sources: [], run: null } };
}
