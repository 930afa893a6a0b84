import type { ShownAgent } from '../../api/services.ts';
import { mustBeAllowed } from '../../tasks/rules.ts';
import { builder } from '../builder.ts';
import type { Services } from '../services.ts';

export const AgentRef = builder.objectRef<ShownAgent>('Agent').implement({
  description: 'A model with a system prompt and tools, from the configuration (agents.yaml).',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What createTask takes as `agent`.' }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The model it uses; null for an agent that is no longer configured.',
    }),
    tools: t.exposeStringList('tools', { description: 'The tools it may use.' }),
    isDemo: t.exposeBoolean('isDemo', {
      description: 'True when the built-in demo model answers for it: it acts by rules and knows nothing.',
    }),
    isKnown: t.exposeBoolean('isKnown', {
      description: 'False for a name that a task still carries and the configuration no longer has.',
    }),
  }),
});

/** The agent of this name, also when the configuration no longer has it. */
export function shownAgent({ agents }: Services, name: string): ShownAgent {
  return agents.get(name) ?? { name, model: null, tools: [], isDemo: false, isKnown: false };
}

builder.queryField('agents', (t) =>
  t.field({
    type: [AgentRef],
    description: 'The agents that tasks can be given to.',
    resolve: (_root, _args, { services, caller }) => {
      mustBeAllowed(caller, 'task.read');
      return [...services.agents.all()];
    },
  }),
);
