import { SYSTEM } from '../domain/actor.ts';
import { mustBeAllowed } from '../domain/authorize.ts';
import type { Action, Caller } from '../domain/permissions.ts';

/** The callers that see the same data of a source, whatever they select. */
export interface Audience {
  /** Equal for two callers only if both may see exactly the same data. */
  readonly key: string;
  /** The caller for shared renderings: with the permissions of the audience, without a person's identity. */
  readonly reader: Caller;
}

/**
 * For data that depends only on the role of the caller, such as all data of tasks. `action` is the permission to read it.
 * Throws `FORBIDDEN`.
 */
export function audienceOfRole(caller: Pick<Caller, 'role'>, action: Action): Audience {
  const { role } = caller;
  mustBeAllowed(caller, action);
  return { key: `role ${role}`, reader: { actor: SYSTEM, role, keyId: null, sources: [], run: null } };
}
