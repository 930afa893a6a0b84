import { randomBytes } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type AdminKeyOptions, ensureAdminKey } from '../../../src/auth/admin-key.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../../../src/auth/commands/manage-keys.ts';
import { callers, type TestKeys, testKeys } from '../../fixtures/keys.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const SECRET = /errand_[A-Za-z0-9_-]{43}/;

async function start(setup: TestKeys, options: Partial<AdminKeyOptions>) {
  const lines: string[] = [];
  const adminKey = await ensureAdminKey(setup.keys, {
    dataDir: undefined,
    configured: undefined,
    isTerminal: false,
    out: (line) => lines.push(line),
    ...options,
  });
  return { ...adminKey, text: lines.join('\n') };
}

async function opens(setup: TestKeys, secret: string): Promise<boolean> {
  const caller = await setup.auth.authenticate(`Bearer ${secret}`).catch(() => undefined);
  return caller?.role === 'admin';
}

function configuredKey(): string {
  return `configured-${randomBytes(16).toString('hex')}`;
}

test('the first start makes one key in the data folder for its owner only, and later starts keep it', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  const dataDir = path.join(folder.path, 'data');
  const first = await start(setup, { dataDir, isTerminal: true });
  const file = path.join(dataDir, 'admin-key');
  const secret = (await readFile(file, 'utf8')).trim();
  expect(first).toMatchObject({ secret, path: file });
  expect(first.text).toContain(secret);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await opens(setup, secret)).toBe(true);
  await chmod(file, 0o644);
  expect(await start(setup, { dataDir, isTerminal: true })).toEqual(first);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await listApiKeys(setup.keys, callers.admin)).toHaveLength(1);
});

test('where no person reads, only the path of the key is shown', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  const { text, secret } = await start(setup, { dataDir: folder.path });
  expect(secret).toBeUndefined();
  expect(text).toContain(path.join(folder.path, 'admin-key'));
  expect(text).not.toMatch(SECRET);
});

test('with a database of one’s own the key is shown once, and kept nowhere', async () => {
  await using setup = await testKeys();
  const first = await start(setup, {});
  const secret = SECRET.exec(first.text)?.[0] ?? '';
  expect(await opens(setup, secret)).toBe(true);
  expect(first.secret).toBe(secret);
  const second = await start(setup, { isTerminal: true });
  expect(second.text).not.toMatch(SECRET);
  expect(second.text).toContain('errand key create');
  expect(second.secret).toBeUndefined();
});

test('ERRAND_ADMIN_KEY replaces and revokes the key before it, and is never shown', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  const generated = await start(setup, { dataDir: folder.path, isTerminal: true });
  const [one, two] = [configuredKey(), configuredKey()];
  for (const [before, now] of [
    [generated.secret ?? '', one],
    [one, two],
  ] as const) {
    expect(await opens(setup, before)).toBe(true);
    const { text } = await start(setup, { dataDir: folder.path, configured: now, isTerminal: true });
    expect(text).not.toContain(now);
    expect(await opens(setup, now)).toBe(true);
    expect(await opens(setup, before)).toBe(false);
  }
  await expect(stat(path.join(folder.path, 'admin-key'))).rejects.toMatchObject({ code: 'ENOENT' });
  // The same again changes nothing; a process without it leaves it be.
  await start(setup, { configured: two });
  const without = await start(setup, { dataDir: folder.path });
  expect(without).toMatchObject({ secret: undefined, path: undefined });
  expect(await opens(setup, two)).toBe(true);
  const refused = await start(setup, { configured: one }).catch((error: unknown) => String(error));
  expect(refused).toContain('a key that was revoked');
  expect(refused).not.toContain(one);
});

test('a member’s secret as ERRAND_ADMIN_KEY does not start', async () => {
  await using setup = await testKeys();
  const { secret } = await createApiKey(setup.keys, callers.admin, { name: 'one', role: 'member' });
  await expect(start(setup, { configured: secret })).rejects.toThrow('has the role member');
});

test.each(['the data folder', 'a database of one’s own'])(
  'processes that start at once on %s make one key',
  async (where) => {
    await using setup = await testKeys();
    await using other = await testKeys({ url: setup.url });
    await using folder = await temporaryFolder();
    const dataDir = where === 'the data folder' ? folder.path : undefined;
    const starts = [setup, other, setup, other].map((one) => start(one, { dataDir, isTerminal: true }));
    const secrets = (await Promise.all(starts)).flatMap(({ secret }) => secret ?? []);
    expect(new Set(secrets).size).toBe(1);
    expect(secrets).toHaveLength(dataDir === undefined ? 1 : 4);
    expect(await listApiKeys(setup.keys, callers.admin)).toHaveLength(1);
    expect(await opens(setup, secrets[0] ?? '')).toBe(true);
  },
);

test('a configured key that several processes bring at once is one key', async () => {
  await using setup = await testKeys();
  await using other = await testKeys({ url: setup.url });
  const configured = configuredKey();
  await Promise.all([setup, other, setup].map((one) => start(one, { configured })));
  expect(await listApiKeys(setup.keys, callers.admin)).toHaveLength(1);
});

test('after a start was interrupted once the file was written, the next start uses that key', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  const secret = `errand_${randomBytes(32).toString('base64url')}`;
  await writeFile(path.join(folder.path, 'admin-key'), secret);
  expect((await start(setup, { dataDir: folder.path, isTerminal: true })).secret).toBe(secret);
  expect(await opens(setup, secret)).toBe(true);
});

test('a missing or damaged key file is created again, and its old key is revoked', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  const first = await start(setup, { dataDir: folder.path, isTerminal: true });
  await writeFile(path.join(folder.path, 'admin-key'), 'spoiled');
  const second = await start(setup, { dataDir: folder.path, isTerminal: true });
  expect(second.secret).toMatch(SECRET);
  expect(await opens(setup, second.secret ?? '')).toBe(true);
  expect(await opens(setup, first.secret ?? '')).toBe(false);
});

test('the first admin key stays revoked when a person revoked it and another admin key lives', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  await start(setup, { dataDir: folder.path });
  const [first] = await listApiKeys(setup.keys, callers.admin);
  await createApiKey(setup.keys, callers.admin, { name: 'boss', role: 'admin' });
  await revokeApiKey(setup.keys, callers.admin, { id: first?.id ?? '' });
  const again = await start(setup, { dataDir: folder.path, isTerminal: true });
  expect(again.secret).toBeUndefined();
  expect(again.text).toContain('errand key create');
  expect(await listApiKeys(setup.keys, callers.admin)).toHaveLength(2);
});

test('a data folder that cannot be written is an error that states what to do, and no key is left behind', async () => {
  await using setup = await testKeys();
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'a-file');
  await writeFile(file, '');
  await expect(start(setup, { dataDir: path.join(file, 'data') })).rejects.toMatchObject({
    name: 'StartError',
  });
  expect(await listApiKeys(setup.keys, callers.admin)).toEqual([]);
});
