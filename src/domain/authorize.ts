import { Refusal } from '../core/errors.ts';
import { type Action, type Caller, may } from './permissions.ts';

/** Throws `FORBIDDEN` unless the caller's role has the permission. */
export function mustBeAllowed(caller: Pick<Caller, 'role'>, action: Action): void {
  if (may(caller.role, action)) return;
  throw new Refusal('FORBIDDEN', `The role ${caller.role} lacks the permission ${action}.`);
}
