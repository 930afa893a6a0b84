import type { ClaimRequest, WorkSource, WorkUnit } from '../../../src/agents/work/unit.ts';

const LEASE_MS = 30_000;

export function request(more: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    agents: ['assistant'],
    workerId: 'worker_conformance',
    leaseMs: LEASE_MS,
    slots: 1,
    alone: false,
    ...more,
  };
}

/** Claims one unit that must be there. */
export async function claimOne(source: WorkSource, more: Partial<ClaimRequest> = {}): Promise<WorkUnit> {
  const { units } = await source.prepareClaim(request(more)).send();
  const [unit] = units;
  if (!unit) throw new Error('There was nothing to claim');
  return unit;
}

/** How many units can be claimed now; they are claimed by that. */
export async function claimable(source: WorkSource): Promise<number> {
  return (await source.prepareClaim(request({ slots: source.maxClaim })).send()).units.length;
}
