import { z } from 'zod';

export const ACTOR_KINDS = ['person', 'service', 'agent', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who did something, as stored: the API key of a person or a service, an agent, or the system. */
export const actorSchema = z.object({
  kind: z.enum(ACTOR_KINDS),
  /** The API key's id, the agent's name, or the part of the system. */
  id: z.string(),
  name: z.string(),
});
export type Actor = Readonly<z.infer<typeof actorSchema>>;

/** Errand itself, for changes without a caller: an expired lease, a retry, housekeeping. */
export const SYSTEM: Actor = { kind: 'system', id: 'errand', name: 'Errand' };

export function agentActor(name: string): Actor {
  return { kind: 'agent', id: name, name };
}
