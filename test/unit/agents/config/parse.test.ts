import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ParsedAgents, parseAgentsFile } from '../../../../src/agents/config/parse.ts';
import { closest, editDistance } from '../../../../src/agents/config/suggest.ts';

const environment: Record<string, string> = {
  GLM_KEY: 'sk-glm-very-secret',
  EMPTY: '',
  HOST_NAME: 'glm.example',
};
const context = { env: (name: string) => environment[name], tools: ['manage_tasks', 'search'] };

function parse(text: string): ParsedAgents {
  return parseAgentsFile(text, context);
}

/** `line:column: message` of everything wrong. */
function problemsOf(text: string): string[] {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe('a file that is right', () => {
  test('gives the agent of the seed page, word for word, with the default limits', () => {
    const parsed = parse(`# Enable for an agent:
agents:
  project-manager:
    model: glm-5
    tools:
      - manage_tasks # Adds task tracking capability
    system: |
      You are a project manager. Track all work items as tasks.
      When a user mentions something to do, create a task for it.
`);
    expect(parsed.ok && [...parsed.agents]).toEqual([
      [
        'project-manager',
        {
          name: 'project-manager',
          model: 'glm-5',
          provider: undefined,
          tools: ['manage_tasks'],
          system:
            'You are a project manager. Track all work items as tasks.\nWhen a user mentions something to do, create a task for it.\n',
          limits: { maxSteps: 50, maxTokens: undefined, timeoutMs: 1_800_000 },
        },
      ],
    ]);
  });

  test('gives limits in their units, and a provider whose key is looked up and shows nowhere', () => {
    const parsed = parse(`
agents:
  writer: { model: m, system: s, provider: glm, limits: { max_steps: 7, max_tokens: 5000, timeout: 1.5m } }
  reader: { model: m, system: "costs \${GLM_KEY}", limits: { timeout: 2h } }
providers:
  glm: { base_url: "https://\${HOST_NAME}/v1", api_key: "\${GLM_KEY}" }
`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const writer = parsed.agents.get('writer');
    expect(writer?.limits).toEqual({ maxSteps: 7, maxTokens: 5000, timeoutMs: 90_000 });
    expect(writer?.provider?.baseUrl).toBe('https://glm.example/v1');
    expect(writer?.provider?.apiKey).toBe('sk-glm-very-secret');
    expect(JSON.stringify(writer)).not.toContain('secret');
    expect(JSON.stringify({ ...writer?.provider })).not.toContain('secret');
    // Only providers look things up: a prompt is sent as it stands.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text itself
    expect(parsed.agents.get('reader')?.system).toBe('costs ${GLM_KEY}');
    expect(parsed.agents.get('reader')?.limits.timeoutMs).toBe(7_200_000);
  });

  test('returns immutable definitions', () => {
    const parsed = parse('agents: { a: { model: m, system: s, tools: [search] } }');
    const agent = parsed.ok ? parsed.agents.get('a') : undefined;
    expect(Object.isFrozen(agent) && Object.isFrozen(agent?.tools) && Object.isFrozen(agent?.limits)).toBe(
      true,
    );
  });
});

describe('a file that is wrong says where and what', () => {
  const agent = (lines: string): string => `agents:\n  a:\n    model: m\n    system: s\n${lines}`;
  const withProvider = (lines: string): string => `${agent('    provider: p\n')}providers:\n  p:\n${lines}`;
  test.each<[string, string, string[]]>([
    [
      'a typo in a top-level key',
      'agnets: {}\n',
      [
        '1:1: agents: is missing: a mapping of keys and values.',
        '1:1: file: unknown key "agnets". Did you mean "agents"?',
      ],
    ],
    ['a key that nothing reads', `${agent('')}triggers: []\n`, ['5:1: file: unknown key "triggers".']],
    [
      'a typo in an agent’s key',
      agent('    tool: [search]\n'),
      ['5:5: agents.a: unknown key "tool". Did you mean "tools"?'],
    ],
    [
      'another style of writing a key',
      agent('    limits:\n      maxSteps: 5\n'),
      ['6:7: agents.a.limits: unknown key "maxSteps". Did you mean "max_steps"?'],
    ],
    [
      'a typo in a tool',
      agent('    tools:\n      - manage_taks\n'),
      ['6:9: agents.a.tools.0: must be one of manage_tasks, search. Did you mean "manage_tasks"?'],
    ],
    ['a tool listed twice', agent('    tools: [search, search]\n'), ['5:21: agents.a.tools: listed twice.']],
    ['tools that are no list', agent('    tools: search\n'), ['5:12: agents.a.tools: must be a list.']],
    [
      'a missing model and system',
      'agents:\n  a:\n    tools: []\n',
      ['2:3: agents.a.model: is missing: a text.', '2:3: agents.a.system: is missing: a text.'],
    ],
    [
      'a model that is a number',
      'agents:\n  a:\n    model: 5\n    system: s\n',
      ['3:12: agents.a.model: must be a text.'],
    ],
    [
      'an agent without anything',
      'agents:\n  a:\n',
      ['2:5: agents.a: must be a mapping of keys and values.'],
    ],
    ['no agent at all', 'agents: {}\n', ['1:1: agents: Defines no agent.']],
    ['an empty file', '# nothing\n', ['1:1: The file is empty; it must define "agents:".']],
    ['a list instead of a mapping', '- a\n', ['1:1: file: must be a mapping of keys and values.']],
    [
      'a name with a blank',
      'agents:\n  my agent: { model: m, system: s }\n',
      [
        '2:3: agents: a name is letters, digits, "-" and "_", begins with a letter or digit, and has at most 63 characters.',
      ],
    ],
    [
      'a name that would be lost',
      'agents:\n  __proto__: { model: m, system: s }\n',
      ['2:3: A key must be a plain word.'],
    ],
    [
      'steps below one',
      agent('    limits: { max_steps: 0 }\n'),
      ['5:26: agents.a.limits.max_steps: At least 1.'],
    ],
    [
      'a timeout without its unit',
      agent('    limits:\n      timeout: 10\n'),
      ['6:16: agents.a.limits.timeout: A duration is a number with its unit: "90s", "10m" or "2h".'],
    ],
    [
      'a timeout with another unit',
      agent('    limits:\n      timeout: 10 days\n'),
      ['6:16: agents.a.limits.timeout: A duration is a number with its unit: "90s", "10m" or "2h".'],
    ],
    [
      'a timeout of days',
      agent('    limits:\n      timeout: 48h\n'),
      ['6:16: agents.a.limits.timeout: A timeout is from 1 second to 24 hours.'],
    ],
    [
      'a provider that nobody defines',
      `${agent('    provider: opneai\n')}providers:\n  openai: { base_url: "http://h/v1", api_key: k }\n`,
      ['5:15: agents.a.provider: no provider "opneai" is defined under "providers:". Did you mean "openai"?'],
    ],
    [
      'a variable that is not set',
      withProvider(`    base_url: http://h/v1\n    api_key: \${NOPE}\n`),
      ['9:14: providers.p.api_key: the environment variable NOPE is not set.'],
    ],
    [
      'a variable that is empty',
      withProvider(`    base_url: http://h/v1\n    api_key: \${EMPTY}\n`),
      ['9:14: providers.p.api_key: the environment variable EMPTY is not set.'],
    ],
    [
      'a variable without its brace',
      withProvider(`    base_url: http://h/v1\n    api_key: \${GLM_KEY\n`),
      ['9:14: providers.p.api_key: a brace after "$" is not closed.'],
    ],
    [
      'a base URL that is none',
      withProvider('    base_url: api.example.com\n    api_key: k\n'),
      ['8:15: providers.p.base_url: must be a URL that begins with http:// or https://.'],
    ],
    [
      'a base URL with a password',
      withProvider('    base_url: http://u:p@h/v1\n    api_key: k\n'),
      ['8:15: providers.p.base_url: must not contain a user and password; use api_key.'],
    ],
    [
      'a key given twice',
      'agents:\n  a: { model: m, system: s }\n  a: { model: m, system: s }\n',
      ['3:3: Map keys must be unique'],
    ],
    ['a tab for indentation', 'agents:\n\ta: {}\n', ['2:1: Tabs are not allowed as indentation']],
    ['a tag', 'agents:\n  a: !secret { model: m, system: s }\n', ['2:6: Unresolved tag: !secret']],
    [
      'the lost indentation of the seed page',
      'agents:\nmanager:\nmodel: glm-5\nsystem: s\n',
      [
        '1:8: agents: must be a mapping of keys and values.',
        '2:1: file: unknown key "manager".',
        '3:1: file: "model" belongs to an agent: indent it under the agent\'s name, and that under "agents:".',
        '4:1: file: "system" belongs to an agent: indent it under the agent\'s name, and that under "agents:".',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('all of it at once, in the order of its lines', () => {
    const problems = problemsOf(`agents:
  a b:
    modle: m
    system: s
    provider: q
  c: { model: m, system: s, limits: { timeout: soon } }
providers:
  p: { base_url: "ftp://h", api_key: "\${NOPE}" }
more: 1
`);
    expect(problems.map((problem) => problem.split(': ', 1)[0])).toEqual([
      '2:3',
      '2:3',
      '3:5',
      '5:15',
      '6:48',
      '8:18',
      '8:38',
      '9:1',
    ]);
  });

  test('never with the value of a variable', () => {
    const text = withProvider(`    base_url: \${GLM_KEY}\n    api_key: "\${GLM_KEY} \${GLM_KEY}"\n`);
    expect(problemsOf(text)).toHaveLength(2);
    expect(problemsOf(text).join('\n')).not.toContain('secret');
  });

  test('a file that is a bomb of aliases', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [name, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf'].map((pair) => [...pair])) {
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    expect(problemsOf(bomb.join('\n'))).toEqual([expect.stringContaining('alias')]);
  });

  test('whatever the text: problems with a line and a column in it, and never a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^(agents|a|:|\n| {2}|- |\{|\}|\[|&a|\*a|"|#|!|\t){0,30}$/)),
        (text) => {
          const parsed = parse(text);
          if (parsed.ok) return;
          expect(parsed.problems.length).toBeGreaterThan(0);
          for (const { line, column, message } of parsed.problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(text.split('\n').length);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(message).not.toBe('');
          }
        },
      ),
    );
  });
});

describe('a suggestion', () => {
  test.each([
    ['modle', 'model'],
    ['sytem', 'system'],
    ['MaxSteps', 'max_steps'],
    ['time-out', 'timeout'],
    ['prov', undefined],
    ['x', undefined],
  ])('for %s is %s', (word, meant) => {
    expect(closest(word, ['model', 'system', 'max_steps', 'timeout', 'provider'])).toBe(meant);
  });

  test('goes by a distance that is a distance', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
    expect(editDistance('modle', 'model')).toBe(1);
  });
});
