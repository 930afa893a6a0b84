import type { Actor, ActorKind } from '../../domain/actor.ts';
import { builder } from '../builder.ts';

const ActorKindEnum = builder.enumType('ActorKind', {
  description: 'What kind of somebody did a thing.',
  values: {
    PERSON: { value: 'person', description: "A person's API key." },
    SERVICE: { value: 'service', description: "A program's API key." },
    AGENT: { value: 'agent', description: 'An agent, in a run.' },
    SYSTEM: { value: 'system', description: 'Errand itself.' },
  } satisfies Record<string, { value: ActorKind; description: string }>,
});

export const ActorRef = builder.objectRef<Actor>('Actor').implement({
  description: 'Who did a thing, as it was put on record.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ActorKindEnum, description: 'What kind of somebody it was.' }),
    id: t.exposeString('id', { description: "The API key's id, the agent's name, or `errand`." }),
    name: t.exposeString('name', { description: 'The name to show.' }),
  }),
});
