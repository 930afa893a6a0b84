import { mustBeAllowed } from '../domain/authorize.ts';
import type { Caller } from '../domain/permissions.ts';
import type { ApiServices, ShownAgent } from './services.ts';

/** The configured agents. Throws `FORBIDDEN`. */
export function listAgents({ agents }: Pick<ApiServices, 'agents'>, caller: Caller): readonly ShownAgent[] {
  mustBeAllowed(caller, 'task.read');
  return agents.all();
}
