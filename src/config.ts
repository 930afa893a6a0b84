import { didYouMean } from './agents/config/suggest.ts';
import { StartError } from './core/errors.ts';
import type { LogLevel } from './core/log.ts';
import { environmentSchema, isSecret, VARIABLE_NAMES } from './environment.ts';
import type { OutgoingAllow } from './guarded-http/allow.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** All configuration from the environment, parsed. Contains secrets: never log it as a whole. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly adminKey: string | undefined;
  readonly agentsFile: string;
  /** True if ERRAND_AGENTS_FILE is set: the file must then exist. */
  readonly isAgentsFileNamed: boolean;
  readonly model: string | undefined;
  readonly workerConcurrency: number;
  /** REST requests per key and minute; 0: no limit. */
  readonly rateLimitPerMinute: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly shutdownGraceMs: number;
  /** Additional browser origins that may call the APIs, in the form a browser sends them. */
  readonly allowedOrigins: readonly string[];
  /** Non-public targets that outgoing calls may reach. */
  readonly outgoingAllow: OutgoingAllow;
  readonly logLevel: LogLevel;
  readonly databaseUrl: string | undefined;
  readonly mongodbUrl: string | undefined;
  readonly openaiApiKey: string | undefined;
  readonly openaiBaseUrl: string | undefined;
  /** The value for `${NAME}` in agents.yaml; undefined if it is unset or empty. */
  readonly lookup: (name: string) => string | undefined;
}

/** Set by users for their own calls, as in the README; a server started from the same shell ignores them. */
const OF_CALLERS = ['ERRAND_KEY', 'ERRAND_URL'];

const MS_PER_SECOND = 1_000;
/** Maximum length of a wrong value in an error message. */
const MAX_SHOWN = 200;

function toMs(seconds: number): number {
  return Math.round(seconds * MS_PER_SECOND);
}

/** Parses the environment. Throws one `StartError` that lists every problem, without the value of a secret. */
export function loadConfig(environment: Environment = process.env): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const unknown = Object.keys(set)
    .filter(
      (name) => name.startsWith('ERRAND_') && !VARIABLE_NAMES.includes(name) && !OF_CALLERS.includes(name),
    )
    .map((name) => `${name}: unknown variable.${didYouMean(name, VARIABLE_NAMES)}`);
  const parsed = environmentSchema.safeParse(set);
  const wrong = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}${isSecret(name) ? '' : ` is ${JSON.stringify(set[name]?.slice(0, MAX_SHOWN))}`}: ${message}`;
  });
  if (!parsed.success || unknown.length > 0) {
    throw new StartError(['Invalid environment variables:', ...wrong, ...unknown].join('\n  '));
  }
  const values = parsed.data;
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: values.ERRAND_DATA_DIR,
    adminKey: values.ERRAND_ADMIN_KEY,
    agentsFile: values.ERRAND_AGENTS_FILE,
    isAgentsFileNamed: set['ERRAND_AGENTS_FILE'] !== undefined,
    model: values.ERRAND_MODEL,
    workerConcurrency: values.ERRAND_WORKER_CONCURRENCY,
    rateLimitPerMinute: values.ERRAND_RATE_LIMIT_PER_MINUTE,
    leaseMs: toMs(values.ERRAND_LEASE_SECONDS),
    pollMs: toMs(values.ERRAND_POLL_SECONDS),
    shutdownGraceMs: toMs(values.ERRAND_SHUTDOWN_GRACE_SECONDS),
    allowedOrigins: values.ERRAND_ALLOWED_ORIGINS,
    outgoingAllow: values.ERRAND_OUTGOING_ALLOW,
    logLevel: values.ERRAND_LOG_LEVEL,
    databaseUrl: values.DATABASE_URL,
    mongodbUrl: values.MONGODB_URL,
    openaiApiKey: values.OPENAI_API_KEY,
    openaiBaseUrl: values.OPENAI_BASE_URL,
    lookup: (name) => set[name],
  };
}
