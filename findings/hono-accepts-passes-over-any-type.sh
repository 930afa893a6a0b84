#!/usr/bin/env bash
# hono 4.13.19: `accepts` of hono/accepts with an Accept header that has the range `*/*`.
#
# The helper passes over `*/*` when it chooses, and takes it for "nothing matched" only after all other ranges. A type
# that the client named with a low quality so wins over one that it accepts by `*/*` with quality 1, which RFC 9110
# (12.5.1) prefers. A range such as `text/*` is matched as one expects.
#
# Seen on 2026-11-28, with supports [text/event-stream, application/json] and the first as default:
#   application/json;q=0.1, */*      application/json
#   application/json;q=0.1, text/*   text/event-stream
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent hono@4.13.19 >/dev/null
cat >look.mjs <<'JS'
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
const supports = ['text/event-stream', 'application/json'];
const app = new Hono();
app.get('/', (context) => context.text(accepts(context, { header: 'Accept', supports, default: supports[0] })));
const chosen = async (accept) => (await app.request('/', { headers: { accept } })).text();
const headers = ['application/json;q=0.1, */*', 'application/json;q=0.1, text/*'];
const found = [];
for (const header of headers) found.push(`${header.padEnd(32)} ${await chosen(header)}`);
console.log(found.join('\n'));
const expected = [
  'application/json;q=0.1, */*      application/json',
  'application/json;q=0.1, text/*   text/event-stream',
];
if (found.join() !== expected.join()) {
  console.log('CHANGED');
  process.exitCode = 1;
}
JS
node look.mjs
