import { parseOutgoingAllow } from '../../src/guarded-http/allow.ts';
import { guardedRequest } from '../../src/guarded-http/guarded-request.ts';

// One call in a process of its own: which authorities Node trusts is settled when it starts.
const url = process.argv[2] ?? '';
try {
  const { allow } = parseOutgoingAllow('127.0.0.1,localhost');
  const answer = await guardedRequest({
    url,
    method: 'GET',
    headers: {},
    timeoutMs: 5_000,
    maxResponseBytes: 1_000,
    allow,
  });
  process.stdout.write(`answered ${answer.status}\n`);
} catch (error) {
  process.stdout.write(`failed ${(error as { reason?: string }).reason} ${String(error)}\n`);
}
