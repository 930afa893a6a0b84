import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/core/log.ts';
import { testDatabase } from '../../fixtures/database.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const AGENTS = 'agents:\n  assistant: { model: m, system: s }\n';
const NIGHTLY = '  nightly: { cron: "0 2 * * *", title: Nightly }\n';
/** The file is looked at every second. */
const WAIT = { timeout: 20_000, interval: 50 };
const SECRET = 'a-secret-of-the-environment';

/** An agents' file, and applications that are started with it. */
async function folderWith(content: string) {
  const folder = await temporaryFolder('errand-triggers-');
  const database = await testDatabase();
  const file = join(folder.path, 'agents.yaml');
  await writeFile(file, content);
  return {
    file,
    start: async (environment: Record<string, string> = { ERRAND_AGENTS_FILE: file }) => {
      const config = loadConfig({
        PORT: '0',
        DATABASE_URL: database.url,
        ERRAND_ADMIN_KEY: 'the-admin-key-of-the-tests-0123456789',
        GITHUB_WEBHOOK_SECRET: SECRET,
        ...environment,
      });
      const lines: string[] = [];
      let heard = (): void => undefined;
      const write = (line: string): void => {
        lines.push(line);
        heard();
      };
      const log = createLog('info', { write });
      const app = await createApp(config, {
        serve: true,
        work: false,
        log,
        out: () => undefined,
        isTerminal: false,
      });
      const logged = (text: string): Promise<void> =>
        new Promise((resolve) => {
          heard = () => {
            if (lines.some((line) => line.includes(text))) resolve();
          };
          heard();
        });
      return { app, pool: app.store.pool, lines, logged, [Symbol.asyncDispose]: () => app.stop(0) };
    },
    /** Puts another file in its place, as editors do. */
    replace: async (text: string) => {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function live(pool: pg.Pool): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query(
    'select name, kind, origin, secrets from triggers where deleted_at is null order by name',
  );
  return rows as Record<string, unknown>[];
}

test('a start takes up the triggers of the file, with secrets from the environment', async () => {
  await using place = await folderWith(
    `${AGENTS}triggers:\n${NIGHTLY}  github: { webhook: github, verify: github, secret: "\${GITHUB_WEBHOOK_SECRET}", title: t }\n`,
  );
  await using one = await place.start();
  expect(await live(one.pool)).toEqual([
    { name: 'github', kind: 'webhook', origin: 'file', secrets: [SECRET] },
    { name: 'nightly', kind: 'cron', origin: 'file', secrets: null },
  ]);
  expect(one.lines.join('')).not.toContain(SECRET);
});

test('a start with a trigger that is wrong fails, says where, and makes nothing', async () => {
  await using place = await folderWith(`${AGENTS}triggers:\n  a: { cron: "61 * * * *", title: t }\n`);
  await expect(place.start()).rejects.toMatchObject({
    name: 'StartError',
    message: expect.stringContaining(`${place.file}:4:14: triggers.a.cron: `),
  });
});

test('an edit is applied; an invalid one keeps the last valid agents and triggers', async () => {
  await using place = await folderWith(`${AGENTS}triggers:\n${NIGHTLY}`);
  await using one = await place.start();
  const [before] = (await one.pool.query('select id from triggers')).rows;
  await place.replace(
    `${AGENTS}  second: { model: m, system: s }\ntriggers:\n  weekly: { corn: "@weekly", title: t }\n`,
  );
  await one.logged('the last valid configuration stays in use');
  expect((await live(one.pool)).map(({ name }) => name)).toEqual(['nightly']);
  expect(one.app.tasks.agentNames()).toEqual(['assistant']);
  await place.replace(`${AGENTS}triggers:\n${NIGHTLY}  weekly: { cron: "@weekly", title: t }\n`);
  await expect.poll(() => live(one.pool), WAIT).toHaveLength(2);
  const [after] = (await one.pool.query("select id from triggers where name = 'nightly'")).rows;
  expect(after).toEqual(before);
});

test('three instances that start at once with one file make each trigger once, and log no error', async () => {
  await using place = await folderWith(
    `${AGENTS}triggers:\n${NIGHTLY}  hook: { webhook: h, verify: none, title: t }\n`,
  );
  await using first = await place.start();
  await first.pool.query(`update triggers set deleted_at = now() where origin = 'file'`);
  const others = await Promise.all([place.start(), place.start(), place.start()]);
  expect((await live(first.pool)).map(({ name }) => name)).toEqual(['hook', 'nightly']);
  for (const { lines } of others) expect(lines.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
  await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
});

test('an instance without a file leaves another’s triggers alone; a file without triggers has none', async () => {
  await using place = await folderWith(`${AGENTS}triggers:\n${NIGHTLY}`);
  await using one = await place.start();
  await using without = await place.start({});
  expect(await live(without.pool)).toHaveLength(1);
  await place.replace(AGENTS);
  await expect.poll(() => live(one.pool), WAIT).toEqual([]);
});
