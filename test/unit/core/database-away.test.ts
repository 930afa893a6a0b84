import { expect, test } from 'vitest';
import {
  didNothing,
  isDatabaseAway,
  isRefusedData,
  isTemporary,
  isUnavailable,
  wasRolledBack,
} from '../../../src/core/database-away.ts';
import { OperationError } from '../../../src/core/errors.ts';

const coded = (code: string): Error => Object.assign(new Error('failed'), { code });

test.each([
  [
    'a connection refused',
    coded('ECONNREFUSED'),
    { away: true, transient: true, nothing: false, refused: false },
  ],
  ['a server that stops', coded('57P01'), { away: true, transient: true, nothing: false, refused: false }],
  ['a statement timeout', coded('57014'), { away: false, transient: true, nothing: false, refused: false }],
  ['a deadlock', coded('40P01'), { away: false, transient: true, nothing: true, refused: false }],
  [
    'a serialization failure',
    coded('40001'),
    { away: false, transient: true, nothing: true, refused: false },
  ],
  ['invalid text', coded('22P02'), { away: false, transient: false, nothing: true, refused: true }],
  ['a unique violation', coded('23505'), { away: false, transient: false, nothing: true, refused: true }],
  ['an unknown column', coded('42703'), { away: false, transient: false, nothing: false, refused: false }],
  [
    "an error in Node's own API",
    coded('ERR_INVALID_ARG_TYPE'),
    { away: false, transient: false, nothing: false, refused: false },
  ],
  [
    'an error without a code',
    new Error('oops'),
    { away: false, transient: false, nothing: false, refused: false },
  ],
  ['no error at all', undefined, { away: false, transient: false, nothing: false, refused: false }],
])('%s is classified', (_, error, expected) => {
  expect({
    away: isDatabaseAway(error),
    transient: isTemporary(error),
    nothing: didNothing(error),
    refused: isRefusedData(error),
  }).toEqual(expected);
});

test('only a write that was rolled back as a whole is repeated as it is', () => {
  expect(['40001', '40P01', '40002', '23505'].map((code) => wasRolledBack(coded(code)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a database that was reported as unavailable is unavailable', () => {
  expect(isUnavailable(new OperationError('UNAVAILABLE', 'Later.'))).toBe(true);
  expect(isUnavailable(new OperationError('UNAUTHENTICATED', 'No.'))).toBe(false);
  expect(isUnavailable(coded('ECONNRESET'))).toBe(true);
});
