import type { Hono } from 'hono';
import type { Endpoint } from '../contract/endpoint.ts';
import type { RestEnvironment } from '../environment.ts';
import { Problem } from '../problems/problem.ts';

/** `/api/v1/tasks/{id}` as Hono writes it: `/api/v1/tasks/:id` */
export function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** Answers OPTIONS with the supported methods, and unsupported methods with 405. */
export function refuseOtherMethods(app: Hono<RestEnvironment>, endpoints: readonly Endpoint[]): void {
  const methods = new Map<string, Set<string>>();
  for (const { contract } of endpoints) {
    const known = methods.get(contract.path) ?? new Set();
    known.add(contract.method.toUpperCase());
    if (contract.method === 'get') known.add('HEAD');
    methods.set(contract.path, known.add('OPTIONS'));
  }
  for (const [path, known] of methods) {
    const allow = [...known].sort().join(', ');
    app.all(honoPath(path), (context) => {
      context.header('allow', allow);
      if (context.req.method === 'OPTIONS') return context.body(null, 204);
      throw new Problem('METHOD_NOT_ALLOWED', `Method not allowed; use ${allow}.`, { headers: { allow } });
    });
  }
}
