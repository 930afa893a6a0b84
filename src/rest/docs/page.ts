import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { createPage, KEY_HANDOFF, type Page } from '../../pages/page.ts';
import { StaticFiles } from '../../pages/static-files.ts';
import { type Contract, type Endpoint, endpoint } from '../contract/endpoint.ts';
import { Problem } from '../problems/problem.ts';

/** The files of the page, by their names in the URL. */
const TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Sends every request with the key. */
const SCRIPT = `${KEY_HANDOFF}const ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#root',
  deepLinking: false,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete: () => { if (key) ui.preauthorizeApiKey('key', key); },
});
`;

function docsFiles(): StaticFiles {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const files = Object.entries(TYPES).map(([name, type]) => [name, { path: join(folder, name), type }]);
  return new StaticFiles(Object.fromEntries(files));
}

async function docsPage(files: StaticFiles): Promise<Page> {
  const addressOf = async (name: string): Promise<string> =>
    `/api/v1/docs/${name}?v=${await files.version(name)}`;
  return createPage({
    title: 'Errand: REST',
    styles: [await addressOf('swagger-ui.css')],
    scripts: [await addressOf('swagger-ui-bundle.js')],
    script: SCRIPT,
    loading: 'Loading…',
    noscript: 'This page needs JavaScript; the document itself is at /api/v1/openapi.json.',
  });
}

const readDocs = {
  method: 'get',
  path: '/api/v1/docs',
  id: 'readDocs',
  tag: 'Documentation',
  summary: 'A page to read and try this API',
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
  query: z.object({
    v: z
      .string()
      .optional()
      .openapi({ description: 'The version of the file. With it the file can be cached permanently.' }),
  }),
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
  const files = docsFiles();
  return [
    endpoint(readDocs, async () => {
      const { html, headers } = await docsPage(files);
      return { status: 200, headers, text: { type: headers['content-type'] ?? 'text/html', body: html } };
    }),
    endpoint(readDocsFile, async ({ params, query, request }) => {
      const answer = await files.answer(params.file, {
        version: query.v ?? null,
        acceptEncoding: request.headers.get('accept-encoding'),
        ifNoneMatch: request.headers.get('if-none-match'),
      });
      if (!answer) throw new Problem('NOT_FOUND', 'Not found');
      const { status, headers, body } = answer;
      if (body === null) return { status, headers };
      return { status, headers, text: { type: headers['content-type'] ?? '', body } };
    }),
  ];
}
