// Starts the product with `npm start`, executes the curl command that it prints, checks that an agent executes the
// task, that its events are streamed and that its history is stored; then stops it with SIGTERM.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const LIMIT_MS = 90_000;
const KEY = 'smoke-test-admin-key-0123456789';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  assert(address !== null && typeof address === 'object');
  return address.port;
}

function start(
  port: number,
  dataDir: string,
): { child: ChildProcess; lines: string[]; ready: Promise<void> } {
  const child = spawn('npm', ['start'], {
    env: { ...process.env, PORT: String(port), ERRAND_DATA_DIR: dataDir, ERRAND_ADMIN_KEY: KEY },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const lines: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(line);
      lines.push(line);
      if (line.includes('curl ')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
  });
  return { child, lines, ready };
}

interface Answer<Data> {
  readonly data?: Data;
  readonly errors?: unknown;
}

async function main(): Promise<void> {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'errand-smoke-'));
  const { child, lines, ready } = start(port, dataDir);
  const limit = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), LIMIT_MS);
  try {
    await ready;
    const url = `http://127.0.0.1:${port}/graphql`;
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const ask = async <Data>(query: string): Promise<Data> => {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
      const answer = (await response.json()) as Answer<Data>;
      assert(answer.data, JSON.stringify(answer.errors));
      return answer.data;
    };
    const stream = await fetch(url, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { taskEvents(after: "0") { type task { id status } } }' }),
    });
    assert.equal(stream.status, 200);

    const curl = lines.find((line) => line.includes('curl ')) ?? '';
    const { stdout } = await promisify(execFile)('bash', ['-c', curl.trim().replaceAll('$ERRAND_KEY', KEY)]);
    console.log(stdout);
    const id = /task_[0-9a-z]{26}/.exec(stdout)?.[0];
    assert(id, 'the printed curl command creates a task');

    let streamed = '';
    for await (const chunk of stream.body ?? []) {
      streamed += Buffer.from(chunk).toString('utf8');
      if (streamed.includes('task.input_requested') || streamed.includes('TASK_INPUT_REQUESTED')) break;
      if (/task[._]completed/i.test(streamed)) break;
    }
    const status = async () =>
      (await ask<{ task: { status: string } }>(`{ task(id: "${id}") { status } }`)).task.status;
    if ((await status()) === 'NEEDS_INPUT') {
      await ask(`mutation { provideTaskInput(input: { id: "${id}", answer: "yes" }) { __typename } }`);
    }
    while ((await status()) !== 'COMPLETED') await new Promise((resolve) => setTimeout(resolve, 100));
    const { task } = await ask<{ task: { history: { nodes: { type: string }[] } } }>(
      `{ task(id: "${id}") { history(first: 20) { nodes { type } } } }`,
    );
    console.log(task.history.nodes.map((event) => event.type).join(' '));
    assert.match(streamed, /task[._]started/i, 'the stream showed the start');

    assert(child.pid);
    process.kill(-child.pid, 'SIGTERM');
    await once(child, 'exit');
  } finally {
    clearTimeout(limit);
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
  console.log('1 passed, 0 failed');
}

await main();
process.exit(0);
