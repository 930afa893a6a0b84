// Writes the table of environment variables into the README: node --import tsx scripts/readme-environment.ts
import { readFile, writeFile } from 'node:fs/promises';
import { environmentTable } from '../src/environment.ts';

const README = new URL('../README.md', import.meta.url);
const PLACE = /(<!-- environment:start -->\n)[\s\S]*?(\n<!-- environment:end -->)/;

const before = await readFile(README, 'utf8');
if (!PLACE.test(before)) {
  throw new Error('README.md must contain the lines <!-- environment:start --> and <!-- environment:end -->');
}
await writeFile(
  README,
  before.replace(PLACE, (_, start: string, end: string) => `${start}${environmentTable()}${end}`),
);
