import { createHash } from 'node:crypto';
import { TABS } from './tabs.ts';

/** Reads the key from \`#key=\`, takes it out of the address, and opens GraphiQL with it in every tab's headers. */
const SCRIPT = `
const files = { editorWorkerService: 'editor.worker.bundle.js', json: 'json.worker.bundle.js', graphql: 'graphql.worker..bundle.js' };
self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => '/graphiql/monacoeditorwork/' + (files[label] || files.editorWorkerService),
};
const fragment = new URLSearchParams(location.hash.slice(1));
const key = fragment.get('key') || sessionStorage.getItem('errand-key') || '';
if (fragment.has('key')) history.replaceState(null, '', location.pathname + location.search);
if (key) sessionStorage.setItem('errand-key', key);
const headers = JSON.stringify({ authorization: 'Bearer ' + (key || 'PASTE YOUR KEY HERE') }, null, 2);
const tabs = ${JSON.stringify(TABS).replaceAll('<', '\\u003c')};
YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  endpoint: '/graphql',
  title: 'Errand',
  subscriptionsProtocol: 'SSE',
  headers,
  defaultHeaders: headers,
  additionalHeaders: key ? { authorization: 'Bearer ' + key } : {},
  shouldPersistHeaders: false,
  defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
});
`;

const scriptHash = createHash('sha256').update(SCRIPT).digest('base64');

/** What a browser may load for the page: our own files, this one script, and nothing from anywhere else. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' 'sha256-${scriptHash}' 'unsafe-eval'`,
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
};

export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errand: GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
</head>
<body>
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root" style="height: 100vh">Loading GraphiQL…</div>
<script src="/graphiql/yoga-graphiql.umd.js"></script>
<script>${SCRIPT}</script>
</body>
</html>
`;
