import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonFault, parseStrictJson } from '../../../src/core/strict-json.ts';

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));

test('whatever JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      if (text.includes('"__proto__":') || !text.isWellFormed()) return;
      expect(parse(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('any text gives the same result as JSON.parse, or a fault with its position', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '"',
    '\\u0061',
    '1',
    '-',
    '0',
    '.5',
    'e9',
    'e999',
    'true',
    'null',
    ' ',
    '\n',
    'x',
    '/',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const text = parts.join('');
      let strict: unknown;
      try {
        strict = parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(JsonFault);
        expect((error as JsonFault).message).toMatch(/line \d+, column \d+/);
        return;
      }
      expect(strict).toEqual(JSON.parse(text));
    }),
    { numRuns: 3_000 },
  );
});

test('refuses all that JSON.parse refuses, and otherwise only ambiguous texts', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', 'true', ' ');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (!isJson) expect(() => parse(text)).toThrow(JsonFault);
      else {
        try {
          parse(text);
        } catch (error) {
          expect((error as JsonFault).message).toMatch(/Duplicate key/);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

test('depth is bounded, size is not: a megabyte of text, and a hundred levels', () => {
  const long = 'x'.repeat(1024 * 1024);
  expect(parse(JSON.stringify(long))).toBe(long);
  expect(() => parse('['.repeat(100) + ']'.repeat(100))).not.toThrow();
  for (const depth of [102, 10_000, 500_000]) {
    expect(() => parse('['.repeat(depth))).toThrow(/nested deeper than 100/);
  }
});
