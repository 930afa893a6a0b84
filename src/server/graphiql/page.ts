import { createPage, inScript, KEY_HANDOFF, type Page } from '../../pages/page.ts';
import type { StaticFiles } from '../../pages/static-files.ts';
import { TABS } from './tabs.ts';

const LOGO =
  '<svg width="28" height="28" viewBox="0 0 28 28" fill="none"><rect x="2" y="2" width="24" height="24" rx="7" fill="#3b5bdb"/><path d="M8 14.5l4.2 4L20 10" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/**
 * Opens GraphiQL with the key in every tab's headers. The bundle's welcome text in the first tab and its copying of
 * each edit into the address are turned off.
 */
function scriptOf(versions: Readonly<Record<string, string>>): string {
  return `
const files = { editorWorkerService: 'editor.worker.bundle.js', json: 'json.worker.bundle.js', graphql: 'graphql.worker..bundle.js' };
const versions = ${inScript(versions)};
self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => {
    const name = 'monacoeditorwork/' + (files[label] || files.editorWorkerService);
    return '/graphiql/' + name + '?v=' + versions[name];
  },
};
${KEY_HANDOFF.trim()}
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
}

/** The page, with the versions of its files in their addresses. */
export async function graphiqlPage(files: StaticFiles): Promise<Page> {
  const versions = Object.fromEntries(
    await Promise.all(files.names().map(async (name) => [name, await files.version(name)] as const)),
  );
  const addressOf = (name: string): string => `/graphiql/${name}?v=${versions[name]}`;
  return createPage({
    title: 'Errand: GraphiQL',
    styles: [addressOf('graphiql.css')],
    scripts: [addressOf('yoga-graphiql.umd.js')],
    script: scriptOf(versions),
    css: `
  body { margin: 0 }
  #root { height: 100vh }
  /* The bundle's drag and drop displaced tabs under the pressed mouse, so that the click was lost. */
  .graphiql-tab { transform: none !important }
`,
    loading: 'Loading GraphiQL…',
    noscript: 'GraphiQL needs JavaScript.',
    hasWorkers: true,
  });
}
