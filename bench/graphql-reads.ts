import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type pg from 'pg';
import type { Releasers } from '../src/core/releasers.ts';
import { migrate } from '../src/store/postgres/migrate.ts';
import { createPool } from '../src/store/postgres/pools.ts';
import { type Child, serverEnvironment, startChild } from './fan/child.ts';
import type { Bench } from './lib/bench.ts';
import { inPairs, type Result } from './lib/measure.ts';
import { median, rounded } from './lib/stats.ts';

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
const HERE = fileURLToPath(new URL('..', import.meta.url));
const ADMIN_KEY = 'the-admin-key-of-the-benchmark-01';

const TASK =
  'id title status agent { name } inputRequest { question } history(last: 1) { nodes { type at } }';

/** What is read, and at most how many times the CPU of the other build it may take. */
const READS: readonly { readonly name: string; readonly query: string; readonly limit: number }[] = [
  { name: 'tasks', query: `{ tasks(first: 50) { nodes { ${TASK} } } }`, limit: 1.15 },
  {
    name: 'tasks with runs',
    query: `{ tasks(first: 50) { nodes { ${TASK} runs { number outcome startedAt } } } }`,
    limit: 1.5,
  },
  {
    name: 'deliveries with tries',
    query:
      '{ deliveries(first: 50) { nodes { id verdict reason createdAt ... on OutgoingDelivery { endpoint { url } tries { number status error } } } } }',
    limit: 1.5,
  },
];

/**
 * What reading through GraphQL costs, of this build against another (`ERRAND_BENCH_OTHER`: the folder of its source,
 * installed), on the same rows: the CPU of the server's process for each request, and how long a request takes.
 */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const other = process.env['ERRAND_BENCH_OTHER'];
  if (other === undefined) throw new Error('name the folder of the other build in ERRAND_BENCH_OTHER');
  const url = await bench.database('reads');
  await migrate({ url, folder: MIGRATIONS }, bench.log);
  const pool = createPool({ url, name: 'fill', max: 1, statementTimeoutMs: 0 }, bench.log);
  const tasks = bench.quick ? 5_000 : 100_000;
  await fill(pool, tasks);
  await pool.end();
  bench.say(`${tasks} tasks`);
  const ours = await startServer(HERE, url, releasers);
  const theirs = await startServer(other, url, releasers);
  const results: Record<string, Result> = {};
  for (const { name, query, limit } of READS) {
    const latencies: Record<string, number[]> = { ours: [], theirs: [] };
    const side = (label: string, server: Served) => ({
      name: label,
      once: async () => {
        const { cpuMs, latencyMs } = await costOf(server, query, bench.quick ? 20 : 100);
        latencies[label]?.push(latencyMs);
        return cpuMs;
      },
    });
    const measured = await inPairs(bench, 'ms', bench.quick ? 1 : 5, [
      side('ours', ours),
      side('theirs', theirs),
    ]);
    results[name] = {
      ...measured,
      unit: 'ms of CPU a request',
      against: 'the other build',
      target: `≤ ${limit}×`,
      met: measured.ratio <= limit,
      latencyMs: {
        ours: rounded(median(latencies['ours'] ?? [])),
        theirs: rounded(median(latencies['theirs'] ?? [])),
      },
    };
  }
  return results;
}

interface Served {
  readonly child: Child;
  readonly url: string;
}

async function startServer(folder: string, databaseUrl: string, releasers: Releasers): Promise<Served> {
  const file = pathToFileURL(path.join(folder, 'bench/fan/app-server.ts')).href;
  const child = await startChild(file, serverEnvironment(databaseUrl, ADMIN_KEY), releasers);
  return { child, url: (child.first as { url: string }).url.replace('ws', 'http') };
}

/** One request after the other, so that both sides meet the same idle machine. */
async function costOf({ child, url }: Served, query: string, requests: number) {
  const before = await child.ask<number>({ say: 'cpu' });
  const startedAt = performance.now();
  for (let n = 0; n < requests; n += 1) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await response.json()) as {
      data?: Record<string, { nodes: unknown[] }>;
      errors?: unknown;
    };
    const [page] = Object.values(data ?? {});
    if (errors || page?.nodes.length !== 50) throw new Error(`not a page of 50: ${JSON.stringify(errors)}`);
  }
  const latencyMs = (performance.now() - startedAt) / requests;
  const after = await child.ask<number>({ say: 'cpu' });
  return { cpuMs: (after - before) / 1_000 / requests, latencyMs };
}

/** Tasks with three events and three runs each, a tenth of them with an open question, and deliveries with two tries. */
async function fill(pool: pg.Pool, tasks: number): Promise<void> {
  const id = (prefix: string, n: string): string => `'${prefix}_' || lpad((${n})::text, 26, '0')`;
  const ada = `'{"kind": "person", "id": "key_1", "name": "Ada"}'::jsonb`;
  await pool.query(
    `insert into tasks (id, title, description, status, version, source, created_by, agent, created_at, updated_at,
        run_number, input_request_id)
      select ${id('task', 'n')}, 'Report ' || n, repeat('Read and sum up. ', 20),
        (case when n % 10 = 0 then 'needs_input' else 'completed' end)::"TaskStatus", 3, 'api', ${ada}, 'assistant',
        now() - n * interval '1 second', now(), 3, case when n % 10 = 0 then ${id('inp', 'n')} end
      from generate_series(1, $1) n`,
    [tasks],
  );
  await pool.query(
    `insert into task_events (task_id, seq, type, actor, source, agent, at)
      select ${id('task', 'n')}, k, 'task.updated', ${ada}, 'api', 'assistant', now()
      from generate_series(1, $1) n, generate_series(1, 3) k`,
    [tasks],
  );
  await pool.query(
    `insert into runs (id, task_id, number, agent, worker_id, token, outcome, started_at, ended_at)
      select ${id('run', '3 * n + k')}, ${id('task', 'n')}, k + 1, 'assistant', 'wrk_1', k, 'completed', now(), now()
      from generate_series(1, $1) n, generate_series(0, 2) k`,
    [tasks],
  );
  await pool.query(
    `insert into input_requests (id, task_id, question, asked_by, asked_at)
      select ${id('inp', 'n')}, ${id('task', 'n')}, 'Which of the two?', ${ada}, now()
      from generate_series(10, $1, 10) n`,
    [tasks],
  );
  await pool.query(
    `insert into webhook_endpoints (id, url, created_by) values (${id('whe', '1')}, 'https://hooks.example.com/a', ${ada})`,
  );
  await pool.query(
    `insert into deliveries (id, direction, endpoint_id, key, verdict, headers, body, task_id, created_at, attempts)
      select ${id('dlv', 'n')}, 'out', ${id('whe', '1')}, 'evt_' || n, 'delivered', '{"content-type": "application/json"}',
        convert_to(repeat('{"a": 1}', 100), 'UTF8'), ${id('task', 'n')}, now() - n * interval '1 second', 2
      from generate_series(1, $1) n`,
    [Math.ceil(tasks / 4)],
  );
  await pool.query(
    `insert into delivery_attempts (delivery_id, number, at, duration_ms, status)
      select ${id('dlv', 'n')}, k, now(), 120, 200 from generate_series(1, $1) n, generate_series(1, 2) k`,
    [Math.ceil(tasks / 4)],
  );
  await pool.query('vacuum analyze');
}
