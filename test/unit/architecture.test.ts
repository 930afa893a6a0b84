import { readdir, readFile } from 'node:fs/promises';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { expect, test } from 'vitest';

/** Folders by depth: each may import what lies deeper, and of its own depth only itself. */
const DEPTHS: readonly (readonly string[])[] = [
  ['core'],
  ['domain'],
  ['store', 'pubsub', 'scheduler', 'guarded-http'],
  ['streams', 'requests', 'pages'],
  ['tasks'],
  ['triggers', 'webhooks-out', 'agents', 'auth'],
  ['deliveries'],
  ['api'],
  ['graphql', 'rest'],
  ['server'],
];

/** These call use-cases, each of which checks what its caller may see; they never read rows themselves. */
const APIS: readonly string[] = ['rest', 'graphql'];

function forbiddenTo(folder: string, depth: number): string[] {
  const sideways = (DEPTHS[depth] ?? []).filter((other) => other !== folder);
  const upward = DEPTHS.slice(depth + 1).flat();
  return [...sideways, ...upward];
}

function rules(): IForbiddenRuleType[] {
  const directions = DEPTHS.flatMap((folders, depth) =>
    folders.map((folder) => ({
      name: `${folder}-only-downward`,
      severity: 'error' as const,
      from: { path: `^src/${folder}/` },
      to: {
        path: `^src/(?:(?:${forbiddenTo(folder, depth).join('|') || 'nothing-is-forbidden'})/|app/|(?:app|run|demo|main|cli|config)\\.ts$)`,
      },
    })),
  );
  return [
    ...directions,
    {
      name: 'worker-loop-and-record-know-only-the-unit-of-work',
      severity: 'error',
      from: { path: '^src/agents/(?:worker|loop|record)/' },
      to: { path: '^src/(?:tasks|store/(?:tasks|runs)|agents/work/task-run)/' },
    },
    {
      name: 'the-wire-form-of-manage-tasks-knows-no-use-case',
      severity: 'error',
      from: { path: '^src/agents/tools/manage-tasks/(?:wire|answers)\\.ts$' },
      to: {
        path: '^src/(?:tasks|store|agents/(?:work|worker|loop|record|config))/',
        pathNot: '^src/tasks/fields\\.ts$',
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apis-read-through-queries',
      severity: 'error',
      from: { path: `^src/(?:${APIS.join('|')})/` },
      to: { path: '^src/store/(?!generated/)' },
    },
    {
      name: 'prisma-only-in-store',
      severity: 'error',
      // The schema's builder takes the data model that the generator writes for it.
      from: { path: '^src/', pathNot: '^src/(?:store/|graphql/builder\\.ts$)' },
      to: { path: '@prisma/|src/store/generated', dependencyTypesNot: ['type-only'] },
    },
  ];
}

async function violations(folder: string, forbidden: IForbiddenRuleType[]): Promise<string[]> {
  const { output } = await cruise(
    [folder],
    {
      ruleSet: { forbidden },
      validate: true,
      doNotFollow: { path: 'node_modules|src/store/generated' },
      tsPreCompilationDeps: true,
    },
    { extensions: ['.ts', '.js', '.mjs'] },
  );
  const { summary } = output as ICruiseResult;
  expect(summary.totalCruised).toBeGreaterThan(1);
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

test('imports go only downward and in no circle, and Prisma stays in the store', async () => {
  expect(await violations('src', rules())).toEqual([]);
});

test('permissions are checked below the APIs, and in the reader of the GraphQL models', async () => {
  const folders = await Promise.all(APIS.map((folder) => readdir(`src/${folder}`, { recursive: true })));
  const files = folders.flatMap((names, index) => names.map((name) => `src/${APIS[index]}/${name}`));
  const sources = files.filter((file) => file.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(50);
  const found = await Promise.all(
    sources.map(async (file) => (/mustBeAllowed\(/.test(await readFile(file, 'utf8')) ? [file] : [])),
  );
  expect(found.flat()).toEqual(['src/graphql/reader.ts']);
});

test('the guard itself sees what it guards against', async () => {
  const everything: IForbiddenRuleType = {
    name: 'tasks-use-core',
    severity: 'error',
    from: { path: '^src/tasks/' },
    to: { path: '^src/core/' },
  };
  expect(await violations('src', [everything])).not.toEqual([]);
});

test('the tests open their pools through the fixture that handles errors of lost connections', async () => {
  const files = await readdir('test', { recursive: true });
  const sources = files.filter(
    (file) => file.endsWith('.ts') && !/fixtures\/pool\.ts|architecture\.test\.ts/.test(file),
  );
  const opens = async (file: string): Promise<boolean> =>
    /new (pg\.)?Pool\(/.test(await readFile(`test/${file}`, 'utf8'));
  const found = await Promise.all(sources.map(async (file) => ((await opens(file)) ? [file] : [])));
  expect(sources.length).toBeGreaterThan(50);
  expect(found.flat()).toEqual([]);
});
