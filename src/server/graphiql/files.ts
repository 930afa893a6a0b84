import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The files GraphiQL consists of, by the path they are served under; nothing else is. */
const FILES = [
  'graphiql.css',
  'yoga-graphiql.umd.js',
  'monacoeditorwork/editor.worker.bundle.js',
  'monacoeditorwork/json.worker.bundle.js',
  'monacoeditorwork/graphql.worker..bundle.js',
] as const;

/** Serves one of GraphiQL's own files out of its package, so that the page works with the network off. False: there is no such file. */
export async function serveGraphiqlFile(path: string, response: ServerResponse): Promise<boolean> {
  const name = FILES.find((file) => file === path);
  if (!name) return false;
  // The package exports only its main file; the others lie beside it.
  const dist = dirname(createRequire(import.meta.url).resolve('@graphql-yoga/graphiql'));
  const file = join(dist, name);
  const { size } = await stat(file);
  response.writeHead(200, {
    'content-type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    'content-length': size,
    'cache-control': 'public, max-age=3600',
  });
  await pipeline(createReadStream(file), response);
  return true;
}
