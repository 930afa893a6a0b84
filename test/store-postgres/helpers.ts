import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { processExists } from '../../src/store/postgres/file-lock.ts';
import { startProcess, type TestProcess } from '../fixtures/child-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const PROGRAM = fileURLToPath(new URL('./embedded-process.ts', import.meta.url));

export async function query<Row extends pg.QueryResultRow = Record<string, unknown>>(
  url: string,
  sql: string,
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The number in postmaster.pid, undefined when the server has ended in good order. */
export async function postmasterOf(dataDir: string): Promise<number | undefined> {
  const text = await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(
    () => undefined,
  );
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

export function embeddedProcess(dataDir: string, user?: { uid?: number; gid?: number }): TestProcess {
  return startProcess(PROGRAM, [dataDir], user);
}

/** Tells it to drain and to leave, and gives the answer of its last query. */
export async function leave(process: TestProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
  process.signalGroup(signal);
  await process.line('draining');
  process.send('leave');
  return process.line('left');
}

/** A data folder whose server, should the test leave one running, is killed before the folder is removed. */
export async function dataFolder(): Promise<AsyncDisposable & { path: string }> {
  const folder = await temporaryFolder();
  const dataDir = path.join(folder.path, 'data');
  return {
    path: dataDir,
    [Symbol.asyncDispose]: async () => {
      const pid = await postmasterOf(dataDir);
      if (pid !== undefined && pid !== process.pid && processExists(pid)) process.kill(pid, 'SIGQUIT');
      await folder[Symbol.asyncDispose]();
    },
  };
}
