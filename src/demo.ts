import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { createLog } from './core/log.ts';

const KEY = 'the-admin-key-of-one-demo-run';
/** Colours only for a terminal, not for a file. */
const style = (code: string): string => (process.stdout.isTTY ? `\u001b[${code}m` : '');
const DIM = style('2');
const BOLD = style('1');
const RESET = style('0');

interface ShownEvent {
  readonly cursor: string;
  readonly type: string;
  readonly at: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly actor: { readonly name: string };
  readonly data: { readonly question?: string; readonly answer?: unknown } | null;
  readonly task: { readonly id: string; readonly title: string };
}

const WATCH = `subscription { taskEvents(after: "0") {
  cursor type at from to actor { name } data task { id title }
} }`;

/** One line of the output. */
function lineOf(event: ShownEvent): string {
  const move = event.to === null ? '' : `${event.from ?? '—'} → ${event.to}`;
  const detail =
    event.data?.question ?? (event.data?.answer === undefined ? '' : `“${String(event.data.answer)}”`);
  return `${DIM}${event.at.slice(11, 23)}${RESET}  ${event.type.padEnd(20)} ${move.padEnd(28)} ${event.actor.name.padEnd(10)} ${BOLD}${event.task.title.slice(0, 40)}${RESET} ${detail}`;
}

/** Prints the events of a subscription until `seen` returns true. */
async function watch(client: Client, seen: (event: ShownEvent) => Promise<boolean>): Promise<void> {
  for await (const { data, errors } of client.iterate<{ taskEvents: ShownEvent }>({ query: WATCH })) {
    if (!data) throw new Error(JSON.stringify(errors));
    process.stdout.write(`${lineOf(data.taskEvents)}\n`);
    if (await seen(data.taskEvents)) return;
  }
}

async function ask<Data>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
    if (data) return data;
    throw new Error(JSON.stringify(errors));
  }
  throw new Error('the server sent no response');
}

/**
 * `npm run demo`: its own server in a temporary folder, three tasks for the demo model (one asks, one fails, one is
 * cancelled), all events printed live from a WebSocket, and the stored history at the end.
 */
export async function runDemo(config: Config): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'errand-demo-'));
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  out('Starting Errand with an embedded PostgreSQL and the demo model …');
  const app = await createApp(
    {
      ...config,
      dataDir,
      port: 0,
      adminKey: KEY,
      databaseUrl: undefined,
      mongodbUrl: undefined,
      openaiApiKey: undefined,
      openaiBaseUrl: undefined,
    },
    { serve: true, work: true, log: createLog('error'), out: () => undefined, isTerminal: false },
  );
  try {
    const client = createClient({
      url: `${app.url?.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${KEY}` },
    });
    await runThreeTasks(client, out);
    await client.dispose();
  } finally {
    await app.stop(0);
    await rm(dataDir, { recursive: true, force: true });
  }
  process.exit(0);
}

async function runThreeTasks(client: Client, out: (line: string) => void): Promise<void> {
  const create = async (title: string): Promise<string> => {
    const { createTask } = await ask<{ createTask: { task: { id: string } } }>(
      client,
      'mutation ($title: String!) { createTask(input: { title: $title, agent: "assistant" }) { ... on CreateTaskPayload { task { id } } } }',
      { title },
    );
    return createTask.task.id;
  };
  out('Three tasks for the agent, and all their events as they happen:\n');
  const asking = await create('Ask which quarter, then write the report');
  await create('Fail to reach the printer');
  const slow = await create('A slow inventory of the archive');
  const open = new Set([asking, slow]);
  await watch(client, async (event) => {
    const { id } = event.task;
    if (event.type === 'TASK_INPUT_REQUESTED') {
      await ask(
        client,
        'mutation ($id: ID!) { provideTaskInput(input: { id: $id, answer: "The third" }) { __typename } }',
        { id },
      );
    }
    if (id === asking && event.type === 'TASK_INPUT_PROVIDED') {
      await ask(
        client,
        'mutation ($id: ID!) { cancelTask(input: { id: $id, reason: "Not needed any more" }) { __typename } }',
        { id: slow },
      );
    }
    if (event.to === 'COMPLETED' || event.to === 'CANCELLED') open.delete(id);
    return open.size === 0;
  });
  const { task } = await ask<{
    task: {
      result: { text: string };
      history: { nodes: { seq: number; type: string; actor: { name: string } }[] };
    };
  }>(client, 'query ($id: ID!) { task(id: $id) { result history { nodes { seq type actor { name } } } } }', {
    id: asking,
  });
  out(`\nResult:  ${task.result.text}`);
  out('Stored history of this task:');
  for (const { seq, type, actor } of task.history.nodes) out(`  ${seq}  ${type.padEnd(20)} ${actor.name}`);
}
