import { createHash } from 'node:crypto';
import { TABS } from './tabs.ts';

const LOGO =
  '<svg width="28" height="28" viewBox="0 0 28 28" fill="none"><rect x="2" y="2" width="24" height="24" rx="7" fill="#3b5bdb"/><path d="M8 14.5l4.2 4L20 10" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** As a literal that cannot end the script it stands in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/**
 * Reads the key from `#key=`, takes it out of the address, and opens GraphiQL with it in every tab's headers. The
 * bundle would put its own greeting into the first tab and what is typed into the address: both are turned off.
 */
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
const tabs = ${inScript(TABS.map((tab) => ({ ...tab, variables: JSON.stringify(tab.variables, null, 2) })))};
const visited = JSON.parse(localStorage.getItem('graphiql:tabState') || 'null');
const active = (visited && visited.tabs[visited.activeTabIndex]) || tabs[0];
YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  endpoint: '/graphql',
  title: 'Errand',
  subscriptionsProtocol: 'SSE',
  headers,
  defaultHeaders: headers,
  additionalHeaders: key ? { authorization: 'Bearer ' + key } : {},
  shouldPersistHeaders: false,
  defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
  defaultEditorToolsVisibility: 'variables',
  initialQuery: active.query,
  initialVariables: active.variables,
  onEditQuery: () => undefined,
  logo: ${inScript(LOGO)},
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
    `script-src 'self' 'sha256-${scriptHash}'`,
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
<style>
  body { margin: 0 }
  #root { height: 100vh }
  /* The bundle's drag and drop leaves tabs displaced: under the pressed mouse they jumped away, and the click was lost. */
  .graphiql-tab { transform: none !important }
</style>
</head>
<body>
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root">Loading GraphiQL…</div>
<script src="/graphiql/yoga-graphiql.umd.js"></script>
<script>${SCRIPT}</script>
</body>
</html>
`;
