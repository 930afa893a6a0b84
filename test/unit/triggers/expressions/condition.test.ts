import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../../src/core/errors.ts';
import { compileCondition } from '../../../../src/triggers/expressions/condition.ts';

const scope = {
  body: {
    action: 'opened',
    number: 5,
    half: 0.5,
    draft: false,
    none: null,
    labels: [{ name: 'bug' }, { name: 'urgent' }],
    commits: [{ modified: ['src/a.ts', 'b.md'] }],
    at: '2026-01-01T00:00:00Z',
  },
  headers: { 'x-github-event': 'pull_request' },
  query: {},
  trigger: { id: 'trg_1', name: 'github' },
  delivery: { id: 'dlv_1' },
};

describe('a condition', () => {
  test.each([
    'body.action == "opened"',
    'body.action in ["opened", "reopened"] && !body.draft',
    'body.number == 5 && body.number > 4 && body.number + 1 == 6 && body.number % 2 == 1',
    'body.number * 2 == 10 && body.half * 4 == 2 && 1 - body.half == 0.5 && body.half * 3 != 1.4',
    'body.labels.exists(l, l.name == "bug")',
    'body.commits.exists(c, c.modified.exists(f, f.startsWith("src/")))',
    'headers["x-github-event"] == "pull_request"',
    '!has(body.missing) && has(body.action) && !("x-b" in headers)',
    'body.?missing.orValue("x") == "x"',
    'body.none == null',
    'body.action.matches("^open")',
    'trigger.name == "github" && delivery.id != ""',
    'timestamp(body.at) > timestamp("2025-01-01T00:00:00Z")',
    'size(body.labels) == 2',
    'true',
  ])('holds: %s', (source) => {
    expect(compileCondition(source).decide(scope)).toEqual({ holds: true });
  });

  test.each([
    ['body.action == "closed"', 'the condition is false'],
    ['body.missing == "x"', 'could not be evaluated: No such key: missing'],
    ['body.action', 'neither true nor false'],
    ['body.number == "5"', 'the condition is false'],
    ['headers["x-none"] == "x"', 'could not be evaluated: No such key: x-none'],
    ['body.constructor == 1', 'No such key: constructor'],
    ['body.labels[7].name == "bug"', 'index out of bounds'],
    ['body.action.matches("(")', 'Invalid regular expression'],
  ])('does not hold, and says why: %s', (source, reason) => {
    expect(compileCondition(source).decide(scope)).toEqual({
      holds: false,
      reason: expect.stringContaining(reason),
    });
  });

  test.each([
    ['', 'line 1, column 1: Unexpected token: EOF'],
    ['body.action ==', 'line 1, column 15: Unexpected token: EOF'],
    ['true &&\n  foo == 1', 'line 2, column 3: Unknown variable: foo'],
    ['body.action == "opened', 'line 1, column 16: Unterminated string'],
    ['"a" + 1 == "a1"', 'line 1, column 1: no such overload: string + int'],
    ['1 + 1', 'must evaluate to true or false, not to type int'],
    ['has(headers["x"])', 'has() invalid argument'],
    [`true${' '.repeat(2_000)}`, 'is longer than 2000 characters'],
    [`${'('.repeat(500)}true${')'.repeat(500)}`, 'maxDepth'],
    ['body.all(a, a.all(b, b.all(c, c)))', 'too many loops'],
    [Array(9).fill('body.all(a, a)').join(' && '), 'too many loops'],
  ])('that does not compile is refused with the place: %.40s', (source, message) => {
    expect(() => compileCondition(source)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION',
        details: { issues: [{ path: [], message: expect.stringContaining(message) }] },
      }),
    );
  });

  test.each([
    'body.list.all(a, body.list.all(b, a != -b - 1))',
    'body.list.map(a, body.list.map(b, [a, b])).size() == 1',
    'body.text.matches("^(a+)+$")',
    'body.text.matches(body.pattern)',
    '[body.text].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a)[0].contains("b")',
  ])('over a large body ends soon (%#)', (source) => {
    const body = {
      text: `${'a'.repeat(500_000)}b`,
      pattern: '^(a|aa)+$',
      list: Array.from({ length: 250_000 }, (_, i) => i),
    };
    const condition = compileCondition(source);
    const start = performance.now();
    condition.decide({ ...scope, body });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('whatever it is made of, it decides or is refused', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'body',
        '.action',
        '.labels',
        '[0]',
        ' == ',
        ' && ',
        '!',
        '(',
        ')',
        '"a"',
        '1',
        '1.5',
        'null',
      ),
      fc.constantFrom(
        '.all(x, ',
        '.map(x, ',
        'x',
        'has(',
        '.matches(',
        '{',
        '}',
        ':',
        '?',
        '[',
        ']',
        ' in ',
        '-',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.json(), (pieces, body) => {
        try {
          const result = compileCondition(pieces.join('')).decide({ ...scope, body: JSON.parse(body) });
          expect(typeof result.holds).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
