import type { Actor, ActorKind } from '../../domain/actor.ts';
import { builder } from '../builder.ts';

const ActorKindEnum = builder.enumType('ActorKind', {
  description: 'The kind of an actor.',
  values: {
    PERSON: { value: 'person', description: 'A person who uses an API key.' },
    SERVICE: { value: 'service', description: 'A program that uses an API key.' },
    AGENT: { value: 'agent', description: 'An agent in a run.' },
    SYSTEM: { value: 'system', description: 'Errand itself.' },
  } satisfies Record<string, { value: ActorKind; description: string }>,
});

export const ActorRef = builder.objectRef<Actor>('Actor').implement({
  description: 'Who did something, as recorded at that time.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ActorKindEnum, description: 'The kind of actor.' }),
    id: t.exposeString('id', { description: 'The id of the API key, the name of the agent, or `errand`.' }),
    name: t.exposeString('name', { description: 'The display name.' }),
  }),
});
