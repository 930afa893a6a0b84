import { mustBeAllowed } from '../../tasks/rules.ts';
import { type Contract, type Endpoint, endpoint } from '../contract/endpoint.ts';
import type { RestServices } from '../services.ts';
import { agentList } from './schema.ts';

const listAgents = {
  method: 'get',
  path: '/api/v1/agents',
  id: 'listAgents',
  tag: 'Agents',
  summary: 'List the configured agents',
  gives: { 200: { description: 'All of them, unpaged.', schema: agentList } },
} as const satisfies Contract;

export function agentRoutes({ agents }: RestServices): Endpoint[] {
  return [
    endpoint(listAgents, async ({ caller }) => {
      mustBeAllowed(caller, 'task.read');
      const data = agents
        .all()
        .map(({ name, model, tools, isDemo }) => ({ name, model, tools, is_demo: isDemo }));
      return { status: 200, json: { data, next_cursor: null } };
    }),
  ];
}
