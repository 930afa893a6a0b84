import type pg from 'pg';

/** Steps of one run to be stored; `firstSeq` continues after the run's last step and starts at 1. */
export interface RunEventsToAppend {
  readonly runId: string;
  /** The lease's fencing token. */
  readonly token: bigint;
  readonly firstSeq: number;
  readonly events: readonly { readonly type: string; readonly data: unknown }[];
}

/**
 * The run's row is locked in share mode, and every statement that ends a run updates that row. So either this append
 * commits before the next run is claimed (which then reads it), or it finds the run ended and writes nothing. The
 * lateral join keeps the plan at one lookup by key per run, however the tables grow under a prepared plan.
 *
 * Only the recorder that holds the lease assigns seqs, so an append that is sent again after a lost connection finds
 * its rows and adds none.
 */
const APPEND = `with sent as materialized (
  select * from json_to_recordset($1::json) as s (run text, token bigint, first int, events json)
), held as materialized (
  select s.run, s.first, s.events from sent s cross join lateral (
    select 1 from runs r join tasks t on t.id = r.task_id
    where r.id = s.run and r.token = s.token and r.ended_at is null and t.lease_token = s.token and t.lease_until > now()
    for share of r
  ) as mine
), written as (
  insert into run_events (run_id, seq, type, data, at)
  select h.run, h.first + e.k::int - 1, e.value->>'type', (e.value->'data')::jsonb, now()
  from held h cross join lateral json_array_elements(h.events) with ordinality as e (value, k)
  on conflict (run_id, seq) do nothing
)
select run from held`;

/**
 * Appends the steps of several runs (each run at most once) in one statement, fenced by their leases. Returns for each
 * item whether its lease was held; false means that nothing was written and the run is over. Safe to send again.
 */
export async function appendRunEvents(
  pool: pg.Pool,
  items: readonly RunEventsToAppend[],
): Promise<boolean[]> {
  const sent = items.map((item) => ({
    run: item.runId,
    token: item.token.toString(),
    first: item.firstSeq,
    events: item.events,
  }));
  const { rows } = await pool.query<{ run: string }>({
    name: 'run-events-append',
    text: APPEND,
    values: [JSON.stringify(sent)],
  });
  const held = new Set(rows.map((row) => row.run));
  return items.map((item) => held.has(item.runId));
}
