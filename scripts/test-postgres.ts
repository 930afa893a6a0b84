// Runs the tests that use PostgreSQL on each supported version: npm run test:postgres -- 15 16:story
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Releasers } from '../src/core/releasers.ts';
import { startPlainServer } from './postgres/server.ts';
import { findPrograms, howToGet, installPrograms, MAJORS } from './postgres/versions.ts';

const USAGE = `usage: npm run test:postgres -- [--install] [${MAJORS.join('] [')}] [-- OPTIONS OF VITEST]
  15         the story, scheduler, workers, event log, lists, outages and the SQL, on that version
  15:story   the story of a task only
  --install  first installs missing versions from npm (stored in .postgres/, also for the benchmarks)
Without a version: all tests on all installed versions.`;

/** CI counts such lines as failures. */
const SKIPPED = 'SKIPPED:';
/** Debian's build of this version has JIT, which the builds from npm do not. */
const WITH_JIT = 15;

const STORY = ['test/system/story.test.ts', 'test/system/seed-page.test.ts'];
/** The story, scheduler and workers, the event log under concurrent writers, lists, outages, and the SQL. */
const WHOLE = [
  ...STORY,
  'test/system/streams/log',
  'test/system/graphql/pages',
  'test/system/graphql/statements',
  'test/system/graphql/trigger-pages',
  'test/system/processes/killed',
  'test/system/processes/outages',
  'test/system/pubsub',
  'test/system/rest/events',
  'test/system/rest/outage',
  'test/system/scheduler',
  'test/system/store/postgres/away',
  'test/system/store/postgres/migrate',
  'test/system/store/postgres/plans',
  'test/system/store/postgres/pools',
  'test/system/tasks',
  'test/system/triggers/cron/instances',
  'test/system/triggers/cron/runner',
  'test/system/agents/worker',
];

interface Wanted {
  readonly major: number;
  readonly isStory: boolean;
}

function wantedOf(words: readonly string[]): Wanted[] | undefined {
  const wanted = words.map((word) => /^(\d+)(:story)?$/.exec(word));
  const parsed = wanted.map((match) => ({ major: Number(match?.[1]), isStory: match?.[2] !== undefined }));
  return parsed.every(({ major }) => (MAJORS as readonly number[]).includes(major)) ? parsed : undefined;
}

/** True if all tests passed or the version is missing; started resources are registered with `releasers`. */
async function testOn(
  { major, isStory }: Wanted,
  vitestOptions: readonly string[],
  releasers: Releasers,
): Promise<boolean> {
  const programs = await findPrograms(major);
  if (!programs) {
    console.log(`${SKIPPED} PostgreSQL ${major}is not installed: ${howToGet(major)}`);
    return true;
  }
  const server = releasers.use(`PostgreSQL ${major}`, await startPlainServer(programs, { durable: false }));
  console.log(
    `PostgreSQL ${server.version}, ${programs.source}, JIT ${server.jit ? 'on' : 'not in this build'}`,
  );
  if (major === WITH_JIT && !server.jit) console.log(`${SKIPPED} JIT on ${major}: ${howToGet(major)}`);
  const vitest = path.join(
    path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const child = spawn(process.execPath, [vitest, 'run', ...(isStory ? STORY : WHOLE), ...vitestOptions], {
    stdio: 'inherit',
    env: { ...process.env, ERRAND_TEST_DATABASE_URL: server.url },
  });
  releasers.push('vitest', () => void child.kill());
  const [code] = await once(child, 'exit');
  return code === 0;
}

const at = process.argv.indexOf('--', 2);
const vitestOptions = at < 0 ? [] : process.argv.slice(at + 1);
const { values, positionals } = parseArgs({
  args: process.argv.slice(2, at < 0 ? undefined : at),
  allowPositionals: true,
  options: { install: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const wanted = wantedOf(positionals.length > 0 ? positionals : MAJORS.map(String));
if (values.help || !wanted) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}
const all = new Releasers();
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isInterrupted = true;
    void all.release().finally(() => process.exit(130));
  });
}
for (const each of wanted) {
  if (isInterrupted) break;
  if (values.install) await installPrograms(each.major);
  const own = all.use(`the run on ${each.major}`, new Releasers());
  try {
    if (!(await testOn(each, vitestOptions, own))) process.exitCode = 1;
  } finally {
    await own.release();
  }
}
