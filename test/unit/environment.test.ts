import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { environmentTable, VARIABLE_NAMES } from '../../src/environment.ts';

test('the table names every variable with its default and what it does', () => {
  const rows = environmentTable().split('\n').slice(2);
  expect(rows).toHaveLength(VARIABLE_NAMES.length);
  for (const [index, name] of VARIABLE_NAMES.entries()) {
    expect(rows[index]).toMatch(new RegExp(`^\\| \`${name}\` \\| [^|]+ \\| [A-Z][^|]+\\. \\|$`));
  }
});

test('the README’s table of the environment is the one of the code (scripts/readme-environment.ts writes it)', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const table = /<!-- environment:start -->\n([\s\S]*?)\n<!-- environment:end -->/.exec(readme)?.[1];
  expect(table?.trim()).toBe(environmentTable());
});
