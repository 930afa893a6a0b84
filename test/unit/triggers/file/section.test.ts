import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAgentsFile } from '../../../../src/agents/config/parse.ts';
import { NOTHING_ALLOWED } from '../../../../src/guarded-http/allow.ts';
import { createTriggerSection } from '../../../../src/triggers/file/section.ts';

const environment: Record<string, string> = {
  GITHUB_WEBHOOK_SECRET: 'a-very-secret-secret-of-github',
  OLD_SECRET: 'the-very-secret-one-before',
  SHORT_SECRET: 'short-secret',
};

const AGENTS = `agents:
  project-manager: { model: m, system: s }
  reviewer: { model: m, system: s }
`;

function parse(text: string) {
  return parseAgentsFile(text, {
    env: (name) => environment[name],
    tools: ['manage_tasks'],
    section: createTriggerSection(NOTHING_ALLOWED),
  });
}

/** The triggers of a file with `text` under its agents. */
function triggersOf(text: string) {
  const parsed = parse(AGENTS + text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.section;
}

/** `line:column: message` of everything wrong. */
function problemsOf(text: string): string[] {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

const README = `triggers:
  nightly-report:
    cron: "0 2 * * mon-fri"
    timezone: Europe/Berlin
    agent: project-manager
    title: "Nightly report for {{ scheduled_at | date: '%Y-%m-%d' }}"
    overlap: skip            # skip | queue | allow
    misfire: once            # skip | once | all
    misfire_window: 6h
  github:
    webhook: github          # POST /webhooks/github
    verify: github           # standard | github | stripe | slack | header | none
    secret: \${GITHUB_WEBHOOK_SECRET}   # or secrets: [new, old]
    when: 'body.action == "opened"'   # CEL
    agent: reviewer
    title: "Review {{ body.pull_request.title }}"
    description: "{{ body.pull_request.html_url }}"
`;

describe('triggers that are right', () => {
  test('are those of the issue’s page, word for word', () => {
    expect(triggersOf(README)).toEqual([
      {
        kind: 'cron',
        name: 'nightly-report',
        agent: 'project-manager',
        title: "Nightly report for {{ scheduled_at | date: '%Y-%m-%d' }}",
        description: null,
        priority: 0,
        cron: '0 2 * * mon-fri',
        timezone: 'Europe/Berlin',
        overlap: 'skip',
        misfire: 'once',
        misfireWindowSeconds: 21_600,
        checkUrl: null,
      },
      {
        kind: 'webhook',
        name: 'github',
        agent: 'reviewer',
        title: 'Review {{ body.pull_request.title }}',
        description: '{{ body.pull_request.html_url }}',
        priority: 0,
        path: 'github',
        verify: 'github',
        verifyHeader: null,
        secrets: ['a-very-secret-secret-of-github'],
        when: 'body.action == "opened"',
        dedupeSeconds: 60,
      },
    ]);
  });

  test('may leave out what has a default, make tracked tasks, and name two secrets', () => {
    const text = `triggers:
  a: { cron: "@daily", title: t }
  b:
    webhook: b
    verify: header
    verify_header: X-Token
    secrets: ["\${GITHUB_WEBHOOK_SECRET}", "\${OLD_SECRET}"]
    dedupe_seconds: 0
    priority: -5
    title: t
`;
    expect(triggersOf(text)).toMatchObject([
      { agent: null, timezone: 'UTC', overlap: 'skip', misfire: 'once', misfireWindowSeconds: 21_600 },
      {
        verifyHeader: 'x-token',
        secrets: [environment['GITHUB_WEBHOOK_SECRET'], environment['OLD_SECRET']],
        dedupeSeconds: 0,
        priority: -5,
      },
    ]);
  });

  test('are empty in a file without the section', () => {
    expect(triggersOf('')).toEqual([]);
  });
});

describe('a trigger that is wrong says where and what', () => {
  const cron = (lines: string): string =>
    `${AGENTS}triggers:\n  a:\n    cron: "0 2 * * *"\n    title: t\n${lines}`;
  const hook = (lines: string): string => `${AGENTS}triggers:\n  a:\n    webhook: a\n    title: t\n${lines}`;
  test.each<[string, string, (string | RegExp)[]]>([
    [
      'a typo in the section’s name',
      `${AGENTS}trigers: {}\n`,
      ['4:1: file: unknown key "trigers". Did you mean "triggers"?'],
    ],
    ['a list', `${AGENTS}triggers: []\n`, ['4:11: triggers: must be a mapping of keys and values.']],
    ['nothing', `${AGENTS}triggers:\n`, [/^4:\d+: triggers: must be a mapping/]],
    ['a trigger without anything', `${AGENTS}triggers:\n  a:\n`, [/^5:\d: triggers\.a: must be a mapping/]],
    [
      'neither a time nor a path',
      `${AGENTS}triggers:\n  a: { title: t }\n`,
      ['5:3: triggers.a: must have either "cron" (the schedule) or "webhook" (the path).'],
    ],
    [
      'a typo in what it is',
      `${AGENTS}triggers:\n  a: { corn: "* * * * *", title: t }\n`,
      [/^5:3: triggers\.a: must have either/, '5:8: triggers.a: unknown key "corn". Did you mean "cron"?'],
    ],
    [
      'both a time and a path',
      cron('    webhook: a\n'),
      ['8:14: triggers.a.webhook: cannot be combined with "cron"; set one of them.'],
    ],
    [
      'a key of the other kind',
      cron('    verify: none\n'),
      ['8:13: triggers.a.verify: belongs to a webhook; this trigger is of the other kind.'],
    ],
    [
      'a typo in a key',
      cron('    time-zone: UTC\n'),
      ['8:5: triggers.a: unknown key "time-zone". Did you mean "timezone"?'],
    ],
    [
      'no title',
      `${AGENTS}triggers:\n  a:\n    cron: "0 2 * * *"\n`,
      ['5:3: triggers.a.title: is missing: a text.'],
    ],
    [
      'a typo in an agent',
      cron('    agent: reviewr\n'),
      ['8:12: triggers.a.agent: must be one of project-manager, reviewer. Did you mean "reviewer"?'],
    ],
    ['a zone of another planet', cron('    timezone: Mars/Phobos\n'), [/^8:15: triggers\.a\.timezone: /]],
    [
      'a typo in a rule',
      cron('    overlap: skp\n'),
      ['8:14: triggers.a.overlap: must be one of skip, queue, allow. Did you mean "skip"?'],
    ],
    [
      'a window without its unit',
      cron('    misfire_window: 6\n'),
      ['8:21: triggers.a.misfire_window: A duration is a number with its unit: "30m", "6h" or "2d".'],
    ],
    [
      'a window of a second',
      cron('    misfire_window: 1s\n'),
      ['8:21: triggers.a.misfire_window: must be a duration from 1 minute to 31 days.'],
    ],
    [
      'an address of the own network',
      cron('    check_url: http://192.168.0.1/\n'),
      [/^8:16: triggers\.a\.check_url: /],
    ],
    [
      'a minute that is none',
      `${AGENTS}triggers:\n  a:\n    title: t\n    cron: "61 * * * *"\n`,
      [/^7:11: triggers\.a\.cron: /],
    ],
    [
      'a time that never comes',
      `${AGENTS}triggers:\n  a:\n    title: t\n    cron: "0 0 30 2 *"\n`,
      [/^7:11: triggers\.a\.cron: is never due/],
    ],
    [
      'a title that does not compile',
      `${AGENTS}triggers:\n  a:\n    cron: "@daily"\n    title: "{{ a"\n`,
      [/^7:12: triggers\.a\.title: /],
    ],
    [
      'a condition that does not compile',
      hook('    verify: none\n    when: body.action ==\n'),
      [/^9:11: triggers\.a\.when: /],
    ],
    [
      'a path with a slash',
      `${AGENTS}triggers:\n  a: { webhook: a/b, title: t, verify: none }\n`,
      [/^5:17: triggers\.a\.webhook: must consist of letters/],
    ],
    ['no secret', hook(''), ['5:3: triggers.a.secret: is missing.']],
    [
      'a variable that is not set',
      hook(`    secret: \${NOPE}\n`),
      ['8:13: triggers.a.secret: the environment variable NOPE is not set.'],
    ],
    [
      'a variable in a list that is not set',
      hook(`    verify: github\n    secrets: ["\${OLD_SECRET}", "\${NOPE}"]\n`),
      ['9:32: triggers.a.secrets.1: the environment variable NOPE is not set.'],
    ],
    [
      'a short secret in a variable',
      hook(`    verify: github\n    secret: \${SHORT_SECRET}\n`),
      ['9:13: triggers.a.secret: must have at least 16 characters.'],
    ],
    [
      'a secret and secrets',
      hook(`    verify: github\n    secret: \${OLD_SECRET}\n    secrets: []\n`),
      ['10:14: triggers.a.secrets: set either "secret" or "secrets", not both.'],
    ],
    [
      'a header of another scheme',
      hook(`    verify: github\n    secret: \${OLD_SECRET}\n    verify_header: x-a\n`),
      ['10:20: triggers.a.verify_header: is only for verify header; github uses a fixed header.'],
    ],
    [
      'a name that is none',
      `${AGENTS}triggers:\n  "a/b": { cron: "@daily", title: t }\n`,
      [/^5:3: triggers\.a\/b: must consist of letters/],
    ],
    [
      'a name given twice',
      `${AGENTS}triggers:\n  a: { cron: "@daily", title: t }\n  a: { cron: "@daily", title: t }\n`,
      ['6:3: Map keys must be unique'],
    ],
    [
      'a name given twice in two encodings',
      `${AGENTS}triggers:\n  caf\u00e9: { cron: "@daily", title: t }\n  cafe\u0301: { cron: "@daily", title: t }\n`,
      [/^6:3: triggers\..*: this name is used by another trigger\.$/],
    ],
    [
      'a path given twice',
      `${AGENTS}triggers:\n  a: { webhook: p, verify: none, title: t }\n  b: { webhook: p, verify: none, title: t }\n`,
      ['6:17: triggers.b.webhook: this path is used by "a"; paths must be unique.'],
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(
      expected.map((each) => (typeof each === 'string' ? each : expect.stringMatching(each))),
    );
  });

  test('together with problems of agents, in the order of the lines', () => {
    const text = `agents:\n  a: { modle: m, system: s }\ntriggers:\n  b: { cron: x, title: "{{", agent: c }\nmore: 1\n`;
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.split(': ', 2)[1])).toEqual([
      'agents.a.model',
      'agents.a',
      'triggers.b.cron',
      'triggers.b.title',
      'triggers.b.agent',
      'file',
    ]);
  });

  test('but not that its agent is unknown, where no agent can be read', () => {
    const text = 'triggers:\n  a: { cron: "@daily", title: t, agent: a }\n';
    expect(problemsOf(text)).toEqual(['1:1: agents: is missing: a mapping of keys and values.']);
  });

  test('never with the value of a variable', () => {
    const text = hook(
      `    verify: standard\n    secret: \${OLD_SECRET}\n    verify_header: \${OLD_SECRET}\n`,
    );
    expect(problemsOf(text)).toHaveLength(2);
    expect(problemsOf(text).join('\n')).not.toContain('very-secret');
  });

  test('whatever stands there: problems with a line and a column, and never a throw', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.double());
    const key = fc.constantFrom(
      'cron',
      'webhook',
      'title',
      'secret',
      'secrets',
      'when',
      'verify',
      'agent',
      'x',
    );
    const entry = fc.oneof(scalar, fc.dictionary(key, fc.oneof(scalar, fc.array(scalar))));
    fc.assert(
      fc.property(fc.oneof(entry, fc.dictionary(fc.string(), entry)), (triggers) => {
        const parsed = parse(`${AGENTS}triggers: ${JSON.stringify(triggers)}\n`);
        if (parsed.ok) return;
        for (const { line, column, message } of parsed.problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
        }
      }),
    );
  });
});
