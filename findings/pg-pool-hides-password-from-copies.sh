#!/usr/bin/env bash
# pg 8.23.1 with pg-pool 3.14.0: a pool with a `Client` class of one's own.
#
# The pool gives its options to `new Client(options)`. Given as parts (host, user, password …), the password is made a
# hidden property: the object has it, a copy by spread has not. A Client that passes `{ ...config, more }` on connects
# without a password ("client password must be a string"), although the same class works with a `connectionString`,
# and with every server that trusts the connection.
#
# Seen on 2026-11-27:
#   parts             config.password: given   copy.password: missing
#   connectionString  config.password: missing   copy.connectionString: given
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent pg@8.23.1 pg-pool@3.14.0 >/dev/null
cat >look.mjs <<'JS'
import pg from 'pg';
const seen = (value) => (value === undefined ? 'missing' : 'given');
async function configOf(options) {
  let config;
  class Client extends pg.Client {
    constructor(given) {
      super(given);
      config = given;
    }
  }
  const pool = new pg.Pool({ ...options, Client });
  await pool.connect().catch(() => undefined); // nobody listens there: only what the class is given matters
  await pool.end();
  return config;
}
const parts = await configOf({ host: '127.0.0.1', port: 1, user: 'someone', password: 'a password' });
const text = await configOf({ connectionString: 'postgresql://someone:password@127.0.0.1:1/database' });
const found = [
  `parts             config.password: ${seen(parts.password)}   copy.password: ${seen({ ...parts }.password)}`,
  `connectionString  config.password: ${seen(text.password)}   copy.connectionString: ${seen({ ...text }.connectionString)}`,
];
console.log(found.join('\n'));
const expected = [
  'parts             config.password: given   copy.password: missing',
  'connectionString  config.password: missing   copy.connectionString: given',
];
if (found.join() !== expected.join()) {
  console.log('CHANGED');
  process.exitCode = 1;
}
JS
node look.mjs
