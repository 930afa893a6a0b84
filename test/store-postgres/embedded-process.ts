import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { StartError } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log.ts';
import { startEmbeddedPostgres } from '../../src/store/postgres/embedded.ts';

/**
 * Uses the embedded server on a folder until SIGINT or SIGTERM, then "drains": works on until told `leave`.
 * Says `up <url>`, `draining`, `left <answer of a last query>`, or `refused <message>`.
 */
async function main(dataDir: string): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir, log: createLog('warn'), durable: false });
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const input = createInterface(process.stdin);
  process.stdout.write(`up ${server.url}\n`);
  await stopped;
  process.stdout.write('draining\n');
  await once(input, 'line');
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query('select 42 as answer');
  await client.end();
  await server[Symbol.asyncDispose]();
  input.close();
  process.stdout.write(`left ${rows[0].answer}\n`);
}

try {
  await main(process.argv[2] ?? '');
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stdout.write(`refused ${error.message}\n`);
}
