import type { App } from './app.ts';
import type { Config } from './config.ts';

const firstTask = (agent: string): string =>
  `mutation { createTask(input: { title: \\"Ask me which quarter, then write the report\\", agent: \\"${agent}\\" }) { ... on CreateTaskPayload { task { id status } } ... on Error { code message } } }`;

/** Shown at start: the addresses, and a command that creates a first task. */
export function banner(app: Pick<App, 'url' | 'adminKey' | 'isDemo' | 'tasks'>, config: Config): string[] {
  const { url, adminKey, isDemo, tasks } = app;
  const names = tasks.agentNames();
  // A file of the user's own replaces the built-in agent.
  const agent = names.includes('assistant') ? 'assistant' : (names[0] ?? 'assistant');
  const database =
    config.databaseUrl === undefined
      ? `embedded PostgreSQL in ${config.dataDir}`
      : 'PostgreSQL from DATABASE_URL';
  const scheduler = config.mongodbUrl === undefined ? 'on PostgreSQL' : 'on MongoDB';
  const model = isDemo ? 'the built-in demo model (no key is set; it follows fixed rules)' : 'from OPENAI_*';
  const parts = ['', `  Database   ${database}`, `  Scheduler  Agenda ${scheduler}`, `  Models     ${model}`];
  if (url === undefined) return ['Errand worker is running.', ...parts, ''];
  const key = adminKey?.secret ?? '$ERRAND_KEY';
  const fragment = adminKey?.secret === undefined ? '' : `#key=${adminKey.secret}`;
  const known =
    adminKey?.secret === undefined && adminKey?.path !== undefined
      ? ['', `  First:  export ERRAND_KEY=$(cat ${adminKey.path})`]
      : [];
  return [
    `Errand serves at ${url}`,
    ...parts,
    '',
    `  GraphiQL   ${url}/graphql${fragment}`,
    `  GraphQL    ${url}/graphql     WebSocket and server-sent events at the same address`,
    `  REST       ${url}/api/v1/docs${fragment}`,
    `  Health     ${url}/health      ${url}/ready`,
    ...known,
    '',
    '  Make a first task; the agent will ask you something (answer it in GraphiQL, tab 4):',
    '',
    `  curl -s ${url}/graphql -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' -d '{"query":"${firstTask(agent)}"}'`,
    '',
  ];
}
