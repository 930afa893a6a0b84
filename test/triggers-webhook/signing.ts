import { webcrypto } from 'node:crypto';

/** HMAC-SHA-256 by Web Crypto: another implementation than the one that is tested. */
async function hmac(key: Uint8Array, ...parts: (string | Uint8Array)[]): Promise<Uint8Array> {
  const imported = await webcrypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const bytes = parts.flatMap((part) => [
    ...(typeof part === 'string' ? new TextEncoder().encode(part) : part),
  ]);
  return new Uint8Array(await webcrypto.subtle.sign('HMAC', imported, Uint8Array.from(bytes)));
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

type Headers = Record<string, string>;

export async function githubHeaders(
  secret: string,
  body: Uint8Array,
  id = '72d3162e-cc78-11e3-81ab-4c9367dc0958',
): Promise<Headers> {
  return {
    'x-github-event': 'pull_request',
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${hex(await hmac(utf8(secret), body))}`,
  };
}

export async function stripeHeaders(
  secrets: readonly string[],
  body: Uint8Array,
  seconds: number | string,
): Promise<Headers> {
  const signatures = await Promise.all(
    secrets.map(async (secret) => `v1=${hex(await hmac(utf8(secret), `${seconds}.`, body))}`),
  );
  return {
    'stripe-signature': [
      `t=${seconds}`,
      ...signatures,
      'v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39',
    ].join(','),
  };
}

export async function slackHeaders(
  secret: string,
  body: Uint8Array,
  seconds: number | string,
): Promise<Headers> {
  return {
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${hex(await hmac(utf8(secret), `v0:${seconds}:`, body))}`,
  };
}

export async function standardHeaders(
  secret: string,
  body: Uint8Array,
  seconds: number | string,
  id = 'msg_1',
): Promise<Headers> {
  const key = Uint8Array.from(atob(secret.replace('whsec_', '')), (character) => character.charCodeAt(0));
  const signature = btoa(String.fromCharCode(...(await hmac(key, `${id}.${seconds}.`, body))));
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}
