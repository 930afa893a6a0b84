import { z } from 'zod';

export const ACTOR_KINDS = ['person', 'service', 'agent', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who did a thing, as it is kept on record: a person's or a service's API key, an agent, the system. */
export const actorSchema = z.object({
  kind: z.enum(ACTOR_KINDS),
  /** The API key's id, the agent's name, or the part of the system. */
  id: z.string(),
  name: z.string(),
});
export type Actor = Readonly<z.infer<typeof actorSchema>>;

/** Errand itself, when nobody asked: an expired lease, a retry, the housekeeping. */
export const SYSTEM: Actor = { kind: 'system', id: 'errand', name: 'Errand' };

export function agentActor(name: string): Actor {
  return { kind: 'agent', id: name, name };
}
