import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { StartError } from '../../../../src/core/errors.ts';
import { connectWithRetry } from '../../../../src/store/postgres/connect.ts';
import { startEmbeddedPostgres } from '../../../../src/store/postgres/embedded.ts';
import { identity } from '../../../../src/store/postgres/initdb.ts';
import { freePort } from '../../../../src/store/postgres/ports.ts';
import { chooseServerUser, mayPass } from '../../../../src/store/postgres/server-user.ts';
import { emptyDatabase } from '../../../fixtures/database.ts';
import { dataFolder, embeddedProcess, leave, query } from '../../../fixtures/embedded-postgres.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';

const log = pino({ level: 'silent' });
const asRoot = process.getuid?.() === 0;
/** Somebody who is not root: ourselves, or whom root would run the server as. */
const ordinaryUser = await chooseServerUser('/nonexistent');

describe('a start that cannot succeed says what to do', () => {
  test('when the data folder is not writable', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o555);
    await using start = embeddedProcess(path.join(folder.path, 'data'), identity(ordinaryUser));
    expect(await start.line('refused')).toMatch(
      /data cannot be written \(EACCES.*set another one with ERRAND_DATA_DIR/,
    );
    expect(await start.exited()).toBe(0);
  });

  test('when the data folder is a file', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'data');
    await writeFile(file, '');
    const start = startEmbeddedPostgres({ dataDir: file, log });
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(/cannot be written/);
  });

  test('when the password is gone', async () => {
    await using folder = await dataFolder();
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log, durable: false });
    await server[Symbol.asyncDispose]();
    await rm(path.join(folder.path, 'postgres.json'));
    await expect(startEmbeddedPostgres({ dataDir: folder.path, log })).rejects.toThrow(
      /postgres.json is missing/,
    );
    await writeFile(path.join(folder.path, 'postgres.json'), '{"port":');
    await expect(startEmbeddedPostgres({ dataDir: folder.path, log })).rejects.toThrow(
      /postgres.json is damaged/,
    );
  });

  test.runIf(asRoot)('when root starts it in a folder that others may not pass', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o700);
    const start = startEmbeddedPostgres({ dataDir: path.join(folder.path, 'data'), log });
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(`Run \`chmod o+x ${folder.path}\``);
  });

  test('when no PostgreSQL answers at DATABASE_URL, naming the address and never the password', async () => {
    const port = await freePort();
    const start = connectWithRetry(`postgresql://someone:sesame@127.0.0.1:${port}/errand`, log, 100);
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(new RegExp(`127.0.0.1:${port} does not answer .*Start it`));
    await expect(start).rejects.not.toThrow(/sesame/);
  });

  test('when DATABASE_URL is no PostgreSQL URL, without repeating it', async () => {
    for (const url of ['mysql://someone:sesame@127.0.0.1/errand', 'sesame']) {
      const start = connectWithRetry(url, log, 100);
      await expect(start).rejects.toThrow(/postgresql:\/\/user:password@host/);
      await expect(start).rejects.not.toThrow(/sesame/);
    }
  });

  test('at once when the password is wrong or the database does not exist', async () => {
    await using database = await emptyDatabase();
    await connectWithRetry(database.url, log);
    const noDatabase = new URL(database.url);
    noDatabase.pathname = '/nowhere';
    await expect(connectWithRetry(noDatabase.href, log, 60_000)).rejects.toThrow(
      /does not have the database in DATABASE_URL; create it/,
    );
  });
});

test('an ordinary user runs the embedded PostgreSQL too', async () => {
  await using folder = await dataFolder();
  await mkdir(folder.path);
  if (ordinaryUser) await chown(folder.path, ordinaryUser.uid, ordinaryUser.gid);
  await using running = embeddedProcess(folder.path, identity(ordinaryUser));
  expect(await query(await running.line('up'), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await leave(running)).toBe('42');
});

test.each([
  { mode: 0o700, uid: 1, gid: 1, passes: false },
  { mode: 0o701, uid: 1, gid: 1, passes: true },
  { mode: 0o710, uid: 1, gid: 20, passes: true },
  { mode: 0o701, uid: 1, gid: 20, passes: false },
  { mode: 0o100, uid: 10, gid: 1, passes: true },
  { mode: 0o077, uid: 10, gid: 20, passes: false },
])(
  'user 10 of group 20 and a folder of $uid:$gid with mode $mode: passes is $passes',
  ({ passes, ...folder }) => {
    expect(mayPass(folder, { uid: 10, gid: 20 })).toBe(passes);
  },
);
