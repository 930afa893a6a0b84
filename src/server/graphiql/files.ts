import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StaticFiles } from '../../pages/static-files.ts';

const CSS = 'text/css; charset=utf-8';
const JS = 'text/javascript; charset=utf-8';

/** The files of GraphiQL, by their name under `/graphiql/`. */
const TYPES: Readonly<Record<string, string>> = {
  'graphiql.css': CSS,
  'yoga-graphiql.umd.js': JS,
  'monacoeditorwork/editor.worker.bundle.js': JS,
  'monacoeditorwork/json.worker.bundle.js': JS,
  'monacoeditorwork/graphql.worker..bundle.js': JS,
};

/** GraphiQL's files from its package, so that the page works without a network. */
export function graphiqlFiles(): StaticFiles {
  // The package exports only its main file; the others are in the same folder.
  const folder = dirname(createRequire(import.meta.url).resolve('@graphql-yoga/graphiql'));
  const files = Object.entries(TYPES).map(([name, type]) => [name, { path: join(folder, name), type }]);
  return new StaticFiles(Object.fromEntries(files));
}
