import { createPlainPage } from '../pages/page.ts';

export const UNKNOWN_TEXT = 'Not found. Try /graphql, /api/v1/docs, /health or /ready.';

export const UNKNOWN_PAGE = createPlainPage(
  'Not found',
  '<h1>Not found</h1>\n<p>Try <a href="/graphql">/graphql</a> or <a href="/api/v1/docs">/api/v1/docs</a>.</p>',
);
