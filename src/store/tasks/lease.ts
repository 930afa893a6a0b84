import type pg from 'pg';

export interface HeldLease {
  readonly taskId: string;
  readonly token: bigint;
}

const EXTEND = `with held as materialized (
  select t.id from tasks t join unnest($1::text[], $2::bigint[]) as h (id, token) on t.id = h.id
  where t.lease_token = h.token and t.lease_until > now() order by t.id for update of t
)
update tasks t set lease_until = now() + $3::float8 * interval '1 millisecond' from held where t.id = held.id returning t.id`;

/** The heartbeat: renews each held lease for `leaseMs` from now; returns the tasks whose lease is lost. */
export async function extendLeases(
  pool: pg.Pool,
  leases: readonly HeldLease[],
  leaseMs: number,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'leases-extend',
    text: EXTEND,
    values: [leases.map((lease) => lease.taskId), leases.map((lease) => lease.token.toString()), leaseMs],
  });
  const kept = new Set(rows.map((row) => row.id));
  return leases.map((lease) => lease.taskId).filter((id) => !kept.has(id));
}
