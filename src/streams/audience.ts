import { SYSTEM } from '../domain/actor.ts';
import type { Caller } from '../domain/permissions.ts';

/** The callers that see the same data of a source, whatever they select. */
export interface Audience {
  /** Equal for two callers only if both may see exactly the same data. */
  readonly key: string;
  /** The caller for shared renderings: with the permissions of the audience, without a person's identity. */
  readonly reader: Caller;
}

/** For data that depends only on the role of the caller, such as all data of tasks. */
export function audienceOfRole({ role }: Pick<Caller, 'role'>): Audience {
  return { key: `role ${role}`, reader: { actor: SYSTEM, role, keyId: null, sources: [], run: null } };
}
