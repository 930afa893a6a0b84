import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { isSignedByAny } from '../../../../src/domain/signatures/checks.ts';
import { VERIFY_SCHEMES, type VerifyScheme } from '../../../../src/domain/signatures/schemes.ts';
import { verifyRequest } from '../../../../src/triggers/signatures/verify.ts';
import { githubHeaders, slackHeaders, standardHeaders, stripeHeaders } from '../../../fixtures/signing.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const BODY = Buffer.from('{"id":"evt_1","event_id":"Ev01","amount": 5}');
const NOT_JSON = Buffer.from([0xff, 0x00, 0x7b, 0xfe]);
const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER_WHSEC = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

function verify(
  scheme: VerifyScheme,
  secrets: readonly string[],
  headers: Record<string, string>,
  { body = BODY as Buffer, verifyHeader = null as string | null, now = NOW } = {},
) {
  return verifyRequest({ verify: scheme, verifyHeader, secrets }, { headers, rawBody: body }, now);
}
const ok = (deliveryId: string | null) => ({ ok: true, deliveryId });
const no = (reason: string) => ({ ok: false, reason: expect.stringContaining(reason) });

describe('standard', () => {
  test('takes the vector of the specification', () => {
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const given = { body: Buffer.from('{"test": 2432232314}'), now: new Date(1614265330_000) };
    expect(verify('standard', ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], headers, given)).toEqual(
      ok('msg_p5jXN8AQM9LWM0D4loKWxJek'),
    );
    expect(verify('standard', [WHSEC], headers, given)).toEqual(ok('msg_p5jXN8AQM9LWM0D4loKWxJek'));
  });

  test("takes what the specification's own package signs, also one of several and with Svix's names", () => {
    const signature = new Webhook(WHSEC).sign('msg_1', NOW, BODY.toString());
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': `${SECONDS}`,
      'webhook-signature': `v1a,xx v1,AAAA ${signature}`,
    };
    expect(verify('standard', [OTHER_WHSEC, WHSEC], headers)).toEqual(ok('msg_1'));
    const svix = { 'svix-id': 'msg_1', 'svix-timestamp': `${SECONDS}`, 'svix-signature': signature };
    expect(verify('standard', [WHSEC], svix)).toEqual(ok('msg_1'));
  });

  test('takes a signed body that is no JSON and no text', async () => {
    const headers = await standardHeaders(WHSEC, NOT_JSON, SECONDS);
    expect(verify('standard', [WHSEC], headers, { body: NOT_JSON })).toEqual(ok('msg_1'));
  });

  test.each([
    ['webhook-id', undefined, 'the id is missing'],
    ['webhook-id', 'x'.repeat(256), 'longer than 255'],
    ['webhook-timestamp', undefined, 'the time is missing'],
    ['webhook-timestamp', '123abc', 'the time is not in whole seconds'],
    ['webhook-timestamp', '-5', 'the time is not in whole seconds'],
    ['webhook-timestamp', '1e9', 'the time is not in whole seconds'],
    ['webhook-timestamp', `${SECONDS + 1}`, 'the signature is wrong'],
    ['webhook-signature', undefined, 'the signature is missing'],
    ['webhook-signature', 'v2,AAAA', 'not of the form v1,<base64>'],
    ['webhook-signature', 'v1,AAAA', 'the signature is wrong'],
    ['webhook-signature', 'v1,', 'the signature is wrong'],
  ])('refuses %s: %s', async (name, value, reason) => {
    const headers: Record<string, string | undefined> = await standardHeaders(WHSEC, BODY, SECONDS);
    headers[name] = value;
    expect(verify('standard', [WHSEC], headers as Record<string, string>)).toEqual(no(reason));
  });

  test('refuses a correct signature with an old or future time, or a time such as 123abc', async () => {
    const at = async (seconds: number | string) =>
      verify('standard', [WHSEC], await standardHeaders(WHSEC, BODY, seconds));
    expect(await at(SECONDS - 300)).toEqual(ok('msg_1'));
    expect(await at(SECONDS - 301)).toEqual(no('301 s old'));
    expect(await at(SECONDS + 300)).toEqual(ok('msg_1'));
    expect(await at(SECONDS + 301)).toEqual(no('301 s in the future'));
    expect(await at(`${SECONDS}abc`)).toEqual(no('not in whole seconds'));
  });
});

describe('github', () => {
  test('takes its documented vector', () => {
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    };
    const body = Buffer.from('Hello, World!');
    expect(verify('github', ["It's a Secret to Everybody"], headers, { body })).toEqual(
      ok('72d3162e-cc78-11e3-81ab-4c9367dc0958'),
    );
  });

  test('refuses absent, malformed and wrong signatures', async () => {
    const headers = await githubHeaders('one', BODY);
    expect(verify('github', ['two'], headers)).toEqual(no('the signature is wrong'));
    expect(verify('github', ['one'], {})).toEqual(no('missing (header x-hub-signature-256)'));
    expect(verify('github', ['one'], { 'x-hub-signature-256': 'sha1=abc' })).toEqual(no('not of the form'));
    expect(verify('github', ['one'], headers, { body: NOT_JSON })).toEqual(no('the signature is wrong'));
  });
});

describe('stripe', () => {
  test('accepts a signature with any live secret; the id is that of the event', async () => {
    const headers = await stripeHeaders(['whsec_old', 'whsec_new'], BODY, SECONDS);
    expect(verify('stripe', ['whsec_new'], headers)).toEqual(ok('evt_1'));
    expect(verify('stripe', ['whsec_other', 'whsec_old'], headers)).toEqual(ok('evt_1'));
    expect(verify('stripe', ['whsec_other'], headers)).toEqual(no('the signature is wrong'));
  });

  test('refuses absent, old, future and nonsensical ones', async () => {
    const at = async (seconds: number | string) =>
      verify('stripe', ['s'], await stripeHeaders(['s'], BODY, seconds));
    expect(await at(SECONDS - 301)).toEqual(no('301 s old'));
    expect(await at(SECONDS + 301)).toEqual(no('in the future'));
    expect(await at('123abc')).toEqual(no('not in whole seconds'));
    expect(verify('stripe', ['s'], {})).toEqual(no('missing (header stripe-signature)'));
    expect(verify('stripe', ['s'], { 'stripe-signature': 'v1=aa' })).toEqual(no('no time'));
    expect(verify('stripe', ['s'], { 'stripe-signature': `t=${SECONDS},t=1,v1=aa` })).toEqual(
      no('no time, or several'),
    );
    expect(verify('stripe', ['s'], { 'stripe-signature': `t=${SECONDS},v0=aa` })).toEqual(no('no part v1='));
  });

  test('a signed body that is no JSON has no id', async () => {
    const headers = await stripeHeaders(['s'], NOT_JSON, SECONDS);
    expect(verify('stripe', ['s'], headers, { body: NOT_JSON })).toEqual(ok(null));
  });
});

describe('slack', () => {
  test('takes its documented vector', () => {
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const body = Buffer.from(
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    );
    const now = new Date(1531420618_000);
    expect(verify('slack', ['8f742231b10e8888abcd99yyyzzz85a5'], headers, { body, now })).toEqual(ok(null));
  });

  test('gives the id of the event, and refuses absent, old, future and nonsensical ones', async () => {
    const at = async (seconds: number | string) =>
      verify('slack', ['s'], await slackHeaders('s', BODY, seconds));
    expect(await at(SECONDS)).toEqual(ok('Ev01'));
    expect(await at(SECONDS - 301)).toEqual(no('301 s old'));
    expect(await at(SECONDS + 301)).toEqual(no('in the future'));
    expect(await at('123abc')).toEqual(no('not in whole seconds'));
    expect(verify('slack', ['s'], {})).toEqual(no('missing (header x-slack-signature)'));
    expect(verify('slack', ['s'], { 'x-slack-signature': 'v0=1' })).toEqual(no('the time is missing'));
    expect(verify('slack', ['t'], await slackHeaders('s', BODY, SECONDS))).toEqual(
      no('the signature is wrong'),
    );
  });
});

describe('header', () => {
  test('takes any live secret in the default or the named header', () => {
    expect(verify('header', ['old', 'new'], { 'x-webhook-secret': 'new' })).toEqual(ok(null));
    expect(verify('header', ['s'], { 'x-mine': 's' }, { verifyHeader: 'x-mine' })).toEqual(ok(null));
    expect(verify('header', ['s'], { authorization: 'Bearer s' }, { verifyHeader: 'authorization' })).toEqual(
      ok(null),
    );
    expect(verify('header', ['s'], { 'x-webhook-secret': 'S' })).toEqual(no('the secret is wrong'));
    expect(verify('header', ['s'], { authorization: 'Bearer s' })).toEqual(
      no('missing (header x-webhook-secret)'),
    );
  });
});

test('without a secret nothing is taken, except by none', () => {
  for (const scheme of VERIFY_SCHEMES) {
    const result = verify(scheme, [''], { 'x-webhook-secret': '' });
    expect(result.ok).toBe(scheme === 'none');
  }
});

test('a body whose fields were put in another order is not the body that was signed', async () => {
  const reordered = Buffer.from('{"amount": 5,"event_id":"Ev01","id":"evt_1"}');
  const headers = {
    ...(await githubHeaders('s', BODY)),
    ...(await stripeHeaders(['s'], BODY, SECONDS)),
    ...(await slackHeaders('s', BODY, SECONDS)),
  };
  for (const scheme of ['github', 'stripe', 'slack'] as const) {
    expect(verify(scheme, ['s'], headers).ok).toBe(true);
    expect(verify(scheme, ['s'], headers, { body: reordered })).toEqual(no('the signature is wrong'));
  }
  const standard = await standardHeaders(WHSEC, BODY, SECONDS);
  expect(verify('standard', [WHSEC], standard, { body: reordered })).toEqual(no('the signature is wrong'));
});

test('whatever comes in the headers, it is refused in words and nothing is thrown', () => {
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom(
      `${SECONDS}`,
      'v1,AAAA',
      `t=${SECONDS},v1=aa`,
      'sha256=',
      `v0=${'0'.repeat(64)}`,
      ',',
      '=',
      't=',
    ),
  );
  const names = [
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'x-hub-signature-256',
    'stripe-signature',
  ];
  const more = ['x-slack-signature', 'x-slack-request-timestamp', 'x-webhook-secret'];
  const headers = fc.dictionary(fc.constantFrom(...names, ...more), value);
  const schemes = fc.constantFrom(...VERIFY_SCHEMES.filter((scheme) => scheme !== 'none'));
  fc.assert(
    fc.property(schemes, headers, fc.uint8Array(), (scheme, given, body) => {
      const result = verify(scheme, [WHSEC], given, { body: Buffer.from(body) });
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    }),
    { numRuns: 500 },
  );
});

test('more signatures than any sender has are wrong whatever they are, and cost nothing', () => {
  const right = 'right';
  let signed = 0;
  const sign = (): string => {
    signed += 1;
    return right;
  };
  expect(isSignedByAny(['s'], [...Array(9).fill('x'), right], sign)).toBe(true);
  expect(isSignedByAny(['s'], [...Array(10).fill('x'), right], sign)).toBe(false);
  expect(signed).toBe(1);
});
