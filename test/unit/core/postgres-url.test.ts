import { expect, test } from 'vitest';
import { connectionOf } from '../../../src/core/postgres-url.ts';

test.for<[string, Record<string, unknown>]>([
  [
    'postgresql://ada:p%40ss@db.example:6432/errand?application_name=theirs&query_timeout=1&binary=true&max=1',
    { user: 'ada', password: 'p@ss', host: 'db.example', port: '6432', database: 'errand' },
  ],
  ['postgresql://db.example', { host: 'db.example' }],
  [
    'postgresql://db.example/errand?host=/run/postgresql&options=-c%20jit%3Don',
    { host: '/run/postgresql', database: 'errand', options: '-c jit=on' },
  ],
  ['postgresql://db.example/errand?ssl=0', { host: 'db.example', database: 'errand', ssl: false }],
  [
    'postgresql://db.example/errand?sslmode=no-verify&sslnegotiation=direct',
    {
      host: 'db.example',
      database: 'errand',
      ssl: { rejectUnauthorized: false },
      sslnegotiation: 'direct',
    },
  ],
])('of a URL only what says where, as whom and how secured is taken: %s', ([url, asked]) => {
  expect(connectionOf(url)).toEqual(asked);
});

test('an invalid URL is refused, and its text is not repeated', () => {
  let message = 'nothing was thrown';
  try {
    connectionOf('postgresql://ada:secret@db.example:port/errand');
  } catch (error) {
    message = String(error);
  }
  expect(message).toMatch(/invalid url/i);
  expect(message).not.toContain('secret');
});
