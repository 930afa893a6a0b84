import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBody } from '../../../../src/triggers/webhook/parse-body.ts';

const parse = (type: string | undefined, body: string | Buffer) =>
  parseBody(type === undefined ? {} : { 'content-type': type }, Buffer.from(body as string));
const no = (reason: string) => ({ ok: false, reason: expect.stringContaining(reason) });

describe('a body', () => {
  test.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/json; charset=utf-8', ' [1, "ä"] ', [1, 'ä']],
    ['application/cloudevents+json', '"x"', 'x'],
    ['application/json', '\ufeff{"a":1}', { a: 1 }],
    ['application/json', '', null],
    [undefined, '{"a":1}', { a: 1 }],
    ['text/plain', '{"a":1}', { a: 1 }],
    ['text/plain', 'hello', null],
    ['application/xml', '<a/>', null],
    [undefined, '{"a":', null],
    [
      'application/x-www-form-urlencoded',
      'command=%2Fdeploy&text=a+b&x=1&x=2',
      { command: '/deploy', text: 'a b', x: ['1', '2'] },
    ],
    [
      'application/x-www-form-urlencoded',
      `payload=${encodeURIComponent('{"action":"opened"}')}`,
      { action: 'opened' },
    ],
    ['application/x-www-form-urlencoded', 'payload=plain', { payload: 'plain' }],
  ])('of type %s reads %j', (type, text, body) => {
    expect(parse(type, text)).toEqual({ ok: true, body });
  });

  test.each([
    ['application/json', '{"a":', 'Unexpected end'],
    ['application/json', 'hello', 'expected a value'],
    ['application/json', '{"a":1} x', 'after the JSON value'],
    ['application/json', '{"a":1,"a":2}', 'Duplicate key "a"'],
    ['application/json', '{"a":1e400}', 'too large'],
    ['application/json', '{"__proto__":{"x":1}}', '__proto__'],
    ['application/json', '{"\\u005f_proto__":{"x":1}}', '__proto__'],
    ['application/json', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'nested deeper'],
    ['text/plain', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'nested deeper'],
    [undefined, '{"a":1,"a":2}', 'Duplicate key "a"'],
    ['application/x-www-form-urlencoded', '__proto__=1', '__proto__'],
    ['application/x-www-form-urlencoded', 'payload={"a":', 'Unexpected end'],
    ['application/x-www-form-urlencoded', 'a=1&'.repeat(1_001), 'at most 1000 are allowed'],
  ])('of type %s is refused: %.30s', (type, text, reason) => {
    expect(parse(type, text)).toEqual(no(reason));
  });

  test('that is no UTF-8 is refused as JSON and is nothing otherwise', () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    expect(parseBody({ 'content-type': 'application/json' }, bytes)).toEqual(no('Invalid UTF-8'));
    expect(parseBody({ 'content-type': 'application/octet-stream' }, Buffer.from([0xff, 0x00]))).toEqual({
      ok: true,
      body: null,
    });
  });

  test('reads all JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        const result = parse('application/json', text);
        if (!text.includes('__proto__')) expect(result).toEqual({ ok: true, body: JSON.parse(text) });
      }),
    );
  });

  test('never throws', () => {
    const types = fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      '',
      '/;',
    );
    fc.assert(
      fc.property(types, fc.oneof(fc.string(), fc.stringMatching(/^[[\]{}",:\\0-9eu-]*$/)), (type, text) => {
        const result = parse(type, text);
        expect(typeof result.ok).toBe('boolean');
        try {
          JSON.parse(text);
        } catch {
          if (type === 'application/json' && text.trim() !== '') expect(result.ok).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
