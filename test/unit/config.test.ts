import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { StartError } from '../../src/core/errors.ts';
import { VARIABLE_NAMES } from '../../src/environment.ts';

function refusal(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  return '';
}

function parsed(environment: Record<string, string | undefined>): Omit<Config, 'lookup'> {
  const { lookup: _, ...config } = loadConfig(environment);
  return config;
}

const DEFAULTS = {
  port: 4000,
  host: '127.0.0.1',
  dataDir: '.errand',
  adminKey: undefined,
  agentsFile: 'agents.yaml',
  isAgentsFileNamed: false,
  model: undefined,
  workerConcurrency: 10,
  leaseMs: 30_000,
  pollMs: 1_000,
  shutdownGraceMs: 10_000,
  allowedOrigins: [],
  outgoingAllow: { hosts: [], networks: [] },
  rateLimitPerMinute: 600,
  logLevel: 'info',
  databaseUrl: undefined,
  mongodbUrl: undefined,
  openaiApiKey: undefined,
  openaiBaseUrl: undefined,
};

test('an empty environment is enough', () => {
  expect(parsed({})).toEqual(DEFAULTS);
});

test('an empty value counts as unset', () => {
  expect(parsed(Object.fromEntries(VARIABLE_NAMES.map((name) => [name, ''])))).toEqual(DEFAULTS);
  expect(loadConfig({ SOME_KEY: '', OTHER_KEY: 'x' }).lookup('SOME_KEY')).toBeUndefined();
  expect(loadConfig({ SOME_KEY: '', OTHER_KEY: 'x' }).lookup('OTHER_KEY')).toBe('x');
});

test('what the README has people export for their calls does not keep a server from starting', () => {
  expect(parsed({ ERRAND_KEY: 'errand_x', ERRAND_URL: 'http://127.0.0.1:4000' })).toEqual(DEFAULTS);
});

test('every variable is read', () => {
  const environment = {
    PORT: '0',
    HOST: '::1',
    ERRAND_DATA_DIR: '/var/lib/errand',
    ERRAND_ADMIN_KEY: 'x'.repeat(24),
    ERRAND_AGENTS_FILE: 'agents.yaml',
    ERRAND_MODEL: 'glm-5',
    ERRAND_WORKER_CONCURRENCY: '30',
    ERRAND_LEASE_SECONDS: '0.3',
    ERRAND_POLL_SECONDS: '0.25',
    ERRAND_SHUTDOWN_GRACE_SECONDS: '0',
    ERRAND_ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173,,https://a.example',
    ERRAND_OUTGOING_ALLOW: 'hooks.internal:8080, [::1]:9000,, 127.0.0.1, 10.0.0.0/8',
    ERRAND_RATE_LIMIT_PER_MINUTE: '0',
    ERRAND_LOG_LEVEL: 'debug',
    DATABASE_URL: 'postgresql://user:pass@db/errand',
    MONGODB_URL: 'mongodb+srv://host/errand',
    OPENAI_API_KEY: 'sk-1',
    OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1',
  };
  expect(Object.keys(environment)).toEqual(VARIABLE_NAMES);
  expect(parsed(environment)).toEqual({
    port: 0,
    host: '::1',
    dataDir: '/var/lib/errand',
    adminKey: 'x'.repeat(24),
    agentsFile: 'agents.yaml',
    isAgentsFileNamed: true,
    model: 'glm-5',
    workerConcurrency: 30,
    leaseMs: 300,
    pollMs: 250,
    shutdownGraceMs: 0,
    allowedOrigins: ['https://a.example', 'http://localhost:5173'],
    outgoingAllow: {
      hosts: [
        { host: 'hooks.internal', port: 8080 },
        { host: '::1', port: 9000 },
        { host: '127.0.0.1', port: undefined },
      ],
      networks: [{ address: ipaddr.parse('10.0.0.0'), bits: 8 }],
    },
    rateLimitPerMinute: 0,
    logLevel: 'debug',
    databaseUrl: 'postgresql://user:pass@db/errand',
    mongodbUrl: 'mongodb+srv://host/errand',
    openaiApiKey: 'sk-1',
    openaiBaseUrl: 'http://127.0.0.1:8080/v1',
  });
});

test('one error names everything wrong at once: what it was, and what would be right', () => {
  const message = refusal({
    PORT: '70000',
    ERRAND_LEASE_SECONDS: '0.2',
    ERRAND_ALLOWED_ORIGINS: 'https://a.example/',
    ERRAND_LEASE_SECOND: '2',
  });
  expect(message.split('\n')).toEqual([
    'Invalid environment variables:',
    '  PORT is "70000": use a whole number from 0 to 65535',
    '  ERRAND_LEASE_SECONDS is "0.2": use seconds from 0.3 to 3600, such as 2 or 0.5',
    '  ERRAND_ALLOWED_ORIGINS is "https://a.example/": "https://a.example/" is not an origin; use the form https://a.example, without a path, separated by commas',
    '  ERRAND_LEASE_SECOND: unknown variable. Did you mean "ERRAND_LEASE_SECONDS"?',
  ]);
});

test.each([
  ['PORT', '-1'],
  ['PORT', '4000.5'],
  ['PORT', '0x10'],
  ['PORT', ' 4000'],
  ['HOST', 'two words'],
  ['ERRAND_WORKER_CONCURRENCY', '0'],
  ['ERRAND_LEASE_SECONDS', '1e9'],
  ['ERRAND_POLL_SECONDS', '0'],
  ['ERRAND_SHUTDOWN_GRACE_SECONDS', 'soon'],
  ['ERRAND_ALLOWED_ORIGINS', '*'],
  ['ERRAND_ALLOWED_ORIGINS', 'ftp://a.example'],
  ['ERRAND_OUTGOING_ALLOW', '10.0.0.0/33'],
  ['ERRAND_OUTGOING_ALLOW', '127.1'],
  ['ERRAND_OUTGOING_ALLOW', 'https://hooks.internal'],
  ['ERRAND_OUTGOING_ALLOW', 'hooks.internal:0'],
  ['ERRAND_LOG_LEVEL', 'loud'],
  ['ERRAND_SOMETHING_ELSE', '1'],
])('%s=%s is refused by name', (name, value) => {
  expect(refusal({ [name]: value })).toContain(name);
});

test.each([
  ['ERRAND_ADMIN_KEY', 'too-short-secret'],
  ['ERRAND_ADMIN_KEY', 'a long secret with some spaces in it'],
  ['DATABASE_URL', 'mysql://user:secret@host/errand'],
  ['DATABASE_URL', 'secret'],
  ['MONGODB_URL', 'http://user:secret@host'],
  ['OPENAI_API_KEY', 'a secret'],
  ['OPENAI_BASE_URL', 'user:secret@host'],
])('%s is refused by name, and its value is not shown', (name, value) => {
  const message = refusal({ [name]: value });
  expect(message).toContain(name);
  expect(message).not.toContain('secret');
});

test('whatever the environment holds, it is a configuration or a StartError', () => {
  const environments = fc.dictionary(fc.constantFrom(...VARIABLE_NAMES), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(environments, (environment) => {
      const message = refusal(environment);
      if (message === '') expect(loadConfig(environment).leaseMs).toBeGreaterThanOrEqual(300);
      else expect(message).toContain('Invalid environment variables:\n');
    }),
  );
});
