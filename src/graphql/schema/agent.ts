import { listAgents } from '../../api/agents.ts';
import type { ShownAgent } from '../../api/services.ts';
import { builder } from '../builder.ts';
import type { Services } from '../services.ts';

export const AgentRef = builder.objectRef<ShownAgent>('Agent').implement({
  description: 'A model with a system prompt and tools, from the configuration (agents.yaml).',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name; the value of `agent` in `createTask`.' }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The model. Null if the agent is no longer configured.',
    }),
    tools: t.exposeStringList('tools', { description: 'The tools that its model can call.' }),
    isDemo: t.exposeBoolean('isDemo', {
      description: 'True if it uses the built-in demo model, which follows fixed rules.',
    }),
    isKnown: t.exposeBoolean('isKnown', {
      description: 'False if the configuration no longer contains the agent; tasks can still have its name.',
    }),
  }),
});

/** The agent with this name, also if the configuration no longer contains it. */
export function shownAgent({ agents }: Services, name: string): ShownAgent {
  return agents.get(name) ?? { name, model: null, tools: [], isDemo: false, isKnown: false };
}

builder.queryField('agents', (t) =>
  t.field({
    type: [AgentRef],
    description: 'The configured agents.',
    resolve: (_root, _args, { services, caller }) => [...listAgents(services, caller)],
  }),
);
