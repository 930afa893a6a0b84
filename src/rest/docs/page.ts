import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { type Contract, type Endpoint, endpoint } from '../contract/endpoint.ts';
import { Problem } from '../problems/problem.ts';

/** The files of the page, by the name they are served under; nothing else is. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Reads the key from `#key=`, takes it out of the address, and has every request sent with it. */
const SCRIPT = `
const fragment = new URLSearchParams(location.hash.slice(1));
const key = fragment.get('key') || sessionStorage.getItem('errand-key') || '';
if (fragment.has('key')) history.replaceState(null, '', location.pathname + location.search);
if (key) sessionStorage.setItem('errand-key', key);
const ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#root',
  deepLinking: false,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete: () => { if (key) ui.preauthorizeApiKey('key', key); },
});
`;

const scriptHash = createHash('sha256').update(SCRIPT).digest('base64');

/** What a browser may load for the page: our own files, this one script, and nothing from anywhere else. */
const HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' 'sha256-${scriptHash}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errand: REST</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/v1/docs/swagger-ui.css">
</head>
<body>
<noscript>This page needs JavaScript; the document itself is at /api/v1/openapi.json.</noscript>
<div id="root">Loading…</div>
<script src="/api/v1/docs/swagger-ui-bundle.js"></script>
<script>${SCRIPT}</script>
</body>
</html>
`;

const readDocs = {
  method: 'get',
  path: '/api/v1/docs',
  id: 'readDocs',
  tag: 'Documentation',
  summary: 'The page to read and try this API',
  isOpen: true,
  gives: {
    200: {
      description: 'The page.',
      also: { 'text/html': { description: 'HTML.', example: '<!doctype html>' } },
    },
  },
} as const satisfies Contract;

const readDocsFile = {
  method: 'get',
  path: '/api/v1/docs/{file}',
  id: 'readDocsFile',
  tag: 'Documentation',
  summary: 'A file of that page',
  isOpen: true,
  params: z.object({ file: z.string() }),
  gives: {
    200: {
      description: 'The file.',
      also: {
        'text/css': { description: 'A style sheet.', example: '' },
        'text/javascript': { description: 'A script.', example: '' },
      },
    },
  },
} as const satisfies Contract;

export function docsRoutes(): Endpoint[] {
  return [
    endpoint(readDocs, async () => ({
      status: 200,
      headers: HEADERS,
      text: { type: 'text/html; charset=utf-8', body: PAGE },
    })),
    endpoint(readDocsFile, async ({ params }) => {
      const type = Object.hasOwn(FILES, params.file) ? FILES[params.file] : undefined;
      if (type === undefined) throw new Problem('NOT_FOUND', 'Not found');
      const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
      const body = await readFile(join(folder, params.file), 'utf8');
      return { status: 200, headers: { 'cache-control': 'public, max-age=3600' }, text: { type, body } };
    }),
  ];
}
