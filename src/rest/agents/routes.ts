import { listAgents } from '../../api/agents.ts';
import { type Contract, type Endpoint, endpoint } from '../contract/endpoint.ts';
import type { RestServices } from '../services.ts';
import { agentList } from './schema.ts';

const listContract = {
  method: 'get',
  path: '/api/v1/agents',
  id: 'listAgents',
  tag: 'Agents',
  summary: 'List the configured agents',
  gives: { 200: { description: 'All of them, unpaged.', schema: agentList } },
} as const satisfies Contract;

export function agentRoutes(services: RestServices): Endpoint[] {
  return [
    endpoint(listContract, async ({ caller }) => {
      const data = listAgents(services, caller).map(({ name, model, tools, isDemo }) => ({
        name,
        model,
        tools,
        is_demo: isDemo,
      }));
      return { status: 200, json: { data, next_cursor: null } };
    }),
  ];
}
