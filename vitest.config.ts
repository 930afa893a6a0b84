import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

/** What both projects share. */
const shared = {
  resolve: {
    // Node gives `graphql` as CommonJS to packages, Vite would give ours as modules: two realms, and one refuses the other's types.
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }],
  },
};

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests mostly wait for servers and workers that they started; on two cores a third at once takes a sixth off the
    // whole, and a fourth would only have them wait for each other.
    maxWorkers: 3,
    // For what hangs; what has to be quick says so itself. Some tests start three processes of the product in turn.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A fact that must come is waited for; the second that vitest has in mind says how soon, which no test means by it.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        ...shared,
        extends: true,
        // Needs no database and starts no process: for every save of a file.
        // One set of modules for all files, as pure code keeps no state: a third of the time is loading them.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false },
      },
      {
        ...shared,
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/fixtures/global-setup.ts'],
        },
      },
    ],
  },
});
