import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../../src/core/errors.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { compileTemplate } from '../../../../src/triggers/expressions/template.ts';

const render = (source: string, scope: Record<string, unknown> = {}, timezone?: string): Promise<string> =>
  compileTemplate(source).render(scope, timezone === undefined ? {} : { timezone });

describe('a template', () => {
  test('reads the delivery, and missing values are empty', async () => {
    const scope = { body: { pull_request: { title: 'Fix it' }, list: [1, 2] }, headers: { 'x-a': 'b' } };
    expect(await render('Review {{ body.pull_request.title }}{{ body.nothing.at.all }}', scope)).toBe(
      'Review Fix it',
    );
    expect(await render("{{ headers['x-a'] }} {{ body.list | join: '+' }} {{ body.list }}", scope)).toBe(
      'b 1+2 12',
    );
    expect(await render('{{ body.pull_request }}', scope)).toBe('{"title":"Fix it"}');
    expect(await render('{{ body.a }}{{ body.b }}', { body: { a: [{ x: 1 }], b: [1, null, 'z'] } })).toBe(
      '[{"x":1}]1z',
    );
    expect(
      await render('{{ true }}{{ 1.5 }}{{ nil }}{{ body.t | raw }}{{ empty }}{{ blank }}', {
        body: { t: '<b>' },
      }),
    ).toBe('true1.5<b>');
    expect(await render("{{ body.title | default: 'none' }}", scope)).toBe('none');
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T00:30:00.000Z', '2026-03-29 01:30 +0100'],
    ['Europe/Berlin', '2026-03-29T01:30:00.000Z', '2026-03-29 03:30 +0200'],
    ['America/New_York', '2026-11-01T05:30:00.000Z', '2026-11-01 01:30 -0400'],
    ['America/New_York', '2026-11-01T06:30:00.000Z', '2026-11-01 01:30 -0500'],
    ['Australia/Lord_Howe', '2026-07-01T00:00:00.000Z', '2026-07-01 10:30 +1030'],
    ['Europe/Berlin', '2026-03-29T01:30:00.000+01:00', '2026-03-29 01:30 +0100'],
  ])('shows dates in the zone it is given (%s %s)', async (timezone, scheduled_at, shown) => {
    expect(await render("{{ scheduled_at | date: '%Y-%m-%d %H:%M %z' }}", { scheduled_at }, timezone)).toBe(
      shown,
    );
  });

  test('shows dates in UTC by default, and in the zone that the template sets', async () => {
    const scope = { at: '2026-01-01T12:00:00Z' };
    expect(await render("{{ at | date: '%H:%M' }} {{ at | date: '%H:%M', 'Asia/Tokyo' }}", scope)).toBe(
      '12:00 21:00',
    );
  });

  test.each([
    ['{{ body.', 'line 1, column 1: output "{{ body." not closed'],
    ['a\n b {{ body | nope }}', 'line 2, column 4: undefined filter: nope'],
    ['{% if body %}x', 'line 1, column 1: tag {% if body %} not closed'],
    ["x\n{% include '/etc/passwd' %}", 'line 2, column 1: tag "include" not found'],
    ["{% render 'x' %}", 'line 1, column 1: tag "render" not found'],
    ["{% layout 'x' %}", 'line 1, column 1: tag "layout" not found'],
    ['x'.repeat(LIMITS.templateCharacters + 1), 'is longer than 10000 characters'],
  ])('that does not compile is refused with the place (%#)', (source, message) => {
    expect(() => compileTemplate(source)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION',
        details: { issues: [{ path: [], message: expect.stringContaining(message) }] },
      }),
    );
  });

  test('reads nothing inherited and nothing of the process', async () => {
    const scope = { body: JSON.parse('{"__proto__":{"a":1},"x":"y"}') };
    expect(
      await render(
        '{{ body.constructor }}{{ body.x.constructor.name }}{{ process.env }}{{ globalThis }}',
        scope,
      ),
    ).toBe('');
  });

  test('returns only text that a task may have', async () => {
    expect(await render('{{ body.a }}', { body: { a: 'x\u0000\u001by\ud800z\n' } })).toBe('xy\ufffdz\n');
  });

  test('is cut at the size of a description, between two characters', async () => {
    const long = await render('{{ body.a }}', { body: { a: 'ä€😀'.repeat(20_000) } });
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(LIMITS.descriptionBytes);
    expect(Buffer.byteLength(long)).toBeGreaterThan(LIMITS.descriptionBytes - 8);
    expect(long.isWellFormed()).toBe(true);
    expect(long).not.toContain('\ufffd');
    expect(long.endsWith('…')).toBe(true);
    const exact = 'a'.repeat(LIMITS.descriptionBytes);
    expect(await render('{{ body }}', { body: exact })).toBe(exact);
  });

  test.each([
    '{% for i in (1..100000000) %}x{% endfor %}',
    '{% for i in (1..100000) %}{% for j in (1..100000) %}{{ i }}{% endfor %}{% endfor %}',
    "{% assign x = 'aaaaaaaaaaaaaaaaaaaaaaa' %}{% for i in (1..100) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
    '{% assign x = body.text %}{% for i in (1..100) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}{{ x }}',
    "{{ 'now' | date: '%999999999d' }}",
    "{{ 'now' | date: '%H', 'Mars/Phobos' }}",
    '{% for i in (1..1000) %}{{ body.tags | strip_html }}{% endfor %}',
    '{% for i in (1..1000) %}{{ body.text | raw }}{% endfor %}',
    '{% for i in (1..1000) %}{{ body }}{{ body.list }}{% endfor %}',
    '{% for i in (1..1000) %}{{ body.list | sort | uniq | join }}{% endfor %}',
  ])('that would take too long or too much is refused soon (%#)', async (source) => {
    const body = {
      text: 'a'.repeat(1_000_000),
      tags: '<script'.repeat(140_000),
      list: Array.from({ length: 200_000 }, (_, i) => i),
    };
    const template = compileTemplate(source);
    const start = performance.now();
    await expect(template.render({ body })).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('whatever it is made of, it renders or is refused', async () => {
    const piece = fc.oneof(
      fc.constantFrom('{{', '}}', '{%', '%}', '|', ' body ', 'if', 'for', 'endfor', 'endif', 'in', '(1..9)'),
      fc.constantFrom("'", '"', '\n', ':', 'date', 'append', '-', '.a', '[0]', 'liquid', 'raw', 'assign x ='),
      fc.string({ maxLength: 5 }),
    );
    const sources = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(sources, fc.json(), async (source, body) => {
        try {
          const text = await render(source, { body: JSON.parse(body) });
          expect(typeof text).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('one that took too long three times is not begun for a minute, so that a burst of calls does not hold the process', async () => {
  const template = compileTemplate(
    '{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}x',
  );
  for (let n = 0; n < 3; n += 1)
    await expect(template.render({})).rejects.toThrow(/took longer than 500 ms$/);
  const startedMs = performance.now();
  for (let n = 0; n < 40; n += 1) {
    await expect(template.render({})).rejects.toThrow('took longer than 500 ms 3 times within a minute');
  }
  expect(performance.now() - startedMs).toBeLessThan(500);
  expect(await compileTemplate('another {{ a }}').render({ a: 1 })).toBe('another 1');
});
