import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { SIGNATURE_SCHEMES, type VerifyScheme } from '../../../../src/domain/signatures/schemes.ts';
import { verificationProblems } from '../../../../src/triggers/signatures/verification.ts';
import { verifyRequest } from '../../../../src/triggers/signatures/verify.ts';
import { githubHeaders, slackHeaders, standardHeaders, stripeHeaders } from '../../../fixtures/signing.ts';

type Headers = Readonly<Record<string, string>>;

/** How a sender of the scheme signs, by another implementation than the one that is tested. */
interface Sender {
  readonly secrets: readonly [string, string];
  readonly sign: (secret: string, body: Buffer, seconds: number) => Promise<Headers>;
  /** Headers without which, and with any byte of which changed, a request is refused; with the words for a missing one. */
  readonly proof: Headers;
  readonly signsBody: boolean;
  /** A request by which the sender tries the address, and the challenge that it wants back. */
  readonly handshake?: { readonly headers: Headers; readonly body: unknown; readonly challenge?: string };
}

const SECRETS = ['a-secret-of-the-sender', 'another-secret-of-it'] as const;

/** A scheme that is missing here does not compile. `none` proves nothing, so that nothing of it is refused. */
const SENDERS: Readonly<Record<Exclude<VerifyScheme, 'none'>, Sender>> = {
  standard: {
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
    sign: (secret, body, seconds) => standardHeaders(secret, body, seconds),
    proof: {
      'webhook-id': 'the id is missing (header webhook-id)',
      'webhook-timestamp': 'the time is missing (header webhook-timestamp)',
      'webhook-signature': 'the signature is missing (header webhook-signature)',
    },
    signsBody: true,
  },
  github: {
    secrets: SECRETS,
    sign: (secret, body) => githubHeaders(secret, body),
    proof: { 'x-hub-signature-256': 'the signature is missing (header x-hub-signature-256)' },
    signsBody: true,
    handshake: { headers: { 'x-github-event': 'ping' }, body: {} },
  },
  stripe: {
    secrets: SECRETS,
    sign: async (secret, body, seconds) => {
      const { 'stripe-signature': signature = '' } = await stripeHeaders([secret], body, seconds);
      // Without the part of the old version, which nobody reads.
      return { 'stripe-signature': signature.replace(/,v0=.*$/, '') };
    },
    proof: { 'stripe-signature': 'the signature is missing (header stripe-signature)' },
    signsBody: true,
  },
  slack: {
    secrets: SECRETS,
    sign: (secret, body, seconds) => slackHeaders(secret, body, seconds),
    proof: {
      'x-slack-signature': 'the signature is missing (header x-slack-signature)',
      'x-slack-request-timestamp': 'the time is missing (header x-slack-request-timestamp)',
    },
    signsBody: true,
    handshake: { headers: {}, body: { type: 'url_verification', challenge: 'abc' }, challenge: 'abc' },
  },
  header: {
    secrets: SECRETS,
    sign: async (secret) => ({ 'x-webhook-secret': secret }),
    proof: { 'x-webhook-secret': 'the secret is missing (header x-webhook-secret)' },
    signsBody: false,
  },
};

const NOW = new Date('2026-06-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const BODY = Buffer.from('{"id":"evt_1","event_id":"Ev01","amount": 5}');

const PROVING = Object.entries(SENDERS) as [VerifyScheme, Sender][];

function verify(scheme: VerifyScheme, secrets: readonly string[], headers: Headers, rawBody = BODY) {
  return verifyRequest({ verify: scheme, verifyHeader: null, secrets }, { headers, rawBody }, NOW);
}

test('every scheme is held by this suite', () => {
  const names = SIGNATURE_SCHEMES.map(({ name }) => name);
  expect([...names].sort()).toEqual([...Object.keys(SENDERS), 'none'].sort());
});

describe.each(PROVING)('%s', (name, sender) => {
  const [first, second] = sender.secrets;
  const scheme = SIGNATURE_SCHEMES.find((other) => other.name === name);

  test('accepts a signature with either of two secrets, and none with a third', async () => {
    for (const secret of [first, second]) {
      expect(verify(name, [first, second], await sender.sign(secret, BODY, SECONDS)).ok).toBe(true);
    }
    expect(verify(name, [second], await sender.sign(first, BODY, SECONDS)).ok).toBe(false);
  });

  test('refuses the request with any byte of the body changed', async () => {
    const headers = await sender.sign(first, BODY, SECONDS);
    for (let index = 0; index < BODY.length; index += 1) {
      const changed = Buffer.from(BODY);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(verify(name, [first], headers, changed).ok).toBe(!sender.signsBody);
    }
  });

  test('refuses the request with any byte of its proof changed', async () => {
    const headers = await sender.sign(first, BODY, SECONDS);
    for (const header of Object.keys(sender.proof)) {
      const value = headers[header] ?? '';
      for (let index = 0; index < value.length; index += 1) {
        const other = String.fromCharCode(value.charCodeAt(index) ^ 1);
        const changed = value.slice(0, index) + other + value.slice(index + 1);
        expect([changed, verify(name, [first], { ...headers, [header]: changed }).ok]).toEqual([
          changed,
          false,
        ]);
      }
    }
  });

  test('refuses a request without a header of its proof, and names it', async () => {
    const headers = await sender.sign(first, BODY, SECONDS);
    for (const [header, reason] of Object.entries(sender.proof)) {
      const rest = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== header));
      expect(verify(name, [first], rest)).toEqual({ ok: false, reason });
    }
  });

  test('refuses a time that is too old or in the future', async () => {
    const maxAge = scheme?.maxAgeSeconds ?? null;
    for (const direction of [-1, 1]) {
      const at = async (age: number) =>
        verify(name, [first], await sender.sign(first, BODY, SECONDS + direction * age)).ok;
      expect(await at(maxAge ?? 0)).toBe(true);
      expect(await at((maxAge ?? 1e6) + 1)).toBe(maxAge === null);
    }
  });

  test('its handshake is recognised, an event is none', async () => {
    expect(scheme?.handshake?.({ 'x-github-event': 'push' }, JSON.parse(BODY.toString()))).toBeUndefined();
    expect(scheme?.handshake !== undefined).toBe(sender.handshake !== undefined);
    if (!sender.handshake) return;
    const { headers, body, challenge } = sender.handshake;
    const found = scheme?.handshake?.(headers, body);
    expect(found?.reason).toMatch(/\w/);
    expect(found?.challenge).toBe(challenge);
  });

  test('a secret is demanded, and the one that it makes itself is accepted', () => {
    const problems = (secrets: readonly string[]) =>
      verificationProblems({ verify: name, verifyHeader: null, secrets });
    expect(problems([])).toEqual([{ field: 'secrets', message: expect.stringMatching(/^is missing/) }]);
    expect(problems([first, second])).toEqual([]);
    const made = scheme?.secret?.generate?.();
    if (made !== undefined) expect(problems([made])).toEqual([]);
  });
});

test('none accepts everything, and has no secret', () => {
  expect(verify('none', [], {})).toEqual({ ok: true, deliveryId: null });
  const wanted = { verify: 'none', verifyHeader: null, secrets: [SECRETS[0]] } as const;
  expect(verificationProblems(wanted)).toHaveLength(1);
});

test('only a scheme with a header of its choice takes the name of one', () => {
  for (const { name, defaultHeader } of SIGNATURE_SCHEMES) {
    const wanted = { verify: name, verifyHeader: 'x-mine', secrets: [] } as const;
    const problems = verificationProblems(wanted).filter(({ field }) => field === 'verifyHeader');
    expect(problems).toHaveLength(defaultHeader === undefined ? 1 : 0);
  }
});

test('the documents and the schema name every scheme', async () => {
  const guide = await readFile('docs/webhooks.md', 'utf8');
  const sdl = await readFile('schema.graphql', 'utf8');
  for (const { name, text } of SIGNATURE_SCHEMES) {
    expect(guide).toContain(`| \`${name}\` |`);
    expect(sdl).toContain(text);
  }
});
