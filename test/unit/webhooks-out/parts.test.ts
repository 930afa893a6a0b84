import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newSigningSecret, signaturesOf } from '../../../src/core/standard-webhooks.ts';
import type { TaskEvent } from '../../../src/domain/events.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import type { Task } from '../../../src/domain/task.ts';
import { payloadOf } from '../../../src/webhooks-out/payload.ts';
import { retryAfterMs, retryInMs, STANDARD_SCHEDULE } from '../../../src/webhooks-out/retry-schedule.ts';

test('the signature is the one of the specification', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: Buffer.from('{"test": 2432232314}'),
  };
  expect(signaturesOf(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], message)).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('whatever is signed, with whatever secrets, the library of Standard Webhooks takes with each of them', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.integer({ min: 1, max: 2 }),
      (text, count) => {
        const secrets = Array.from({ length: count }, newSigningSecret);
        const timestamp = Math.floor(Date.now() / 1_000);
        const body = Buffer.from(JSON.stringify({ text }));
        const headers = {
          'webhook-id': 'evt_1',
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signaturesOf(secrets, { id: 'evt_1', timestamp, body }),
        };
        for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
      },
    ),
  );
});

test('ten tries over some three days, each wait a tenth more or less', () => {
  const waits = (random: number) =>
    STANDARD_SCHEDULE.map((_, index) => retryInMs(STANDARD_SCHEDULE, index + 1, undefined, () => random));
  expect(waits(0.5)).toEqual([...STANDARD_SCHEDULE]);
  expect(waits(0)).toEqual(STANDARD_SCHEDULE.map((wait) => Math.round(wait * 0.9)));
  expect(STANDARD_SCHEDULE.map((wait) => wait / 1_000)).toEqual([
    5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]);
  expect(retryInMs(STANDARD_SCHEDULE, 10, undefined)).toBeNull();
  expect(retryInMs(STANDARD_SCHEDULE, 10, 1_000)).toBeNull();
});

test('a receiver may ask for more time, a day at most, and never for less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.option(fc.nat({ max: 10 ** 12 }), { nil: undefined }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (tries, asked, random) => {
        const wait = retryInMs(STANDARD_SCHEDULE, tries, asked, () => random) ?? Number.NaN;
        const scheduled = STANDARD_SCHEDULE[tries - 1] ?? Number.NaN;
        expect(wait).toBeGreaterThanOrEqual(Math.floor(scheduled * 0.9));
        expect(wait).toBeGreaterThanOrEqual(Math.min(asked ?? 0, 86_400_000));
        expect(wait).toBeLessThanOrEqual(Math.max(Math.ceil(scheduled * 1.1), 86_400_000));
      },
    ),
  );
});

const NOW = new Date('2026-11-25T12:00:00Z');
test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Wed, 25 Nov 2026 12:00:30 GMT', 30_000],
  ['Wed, 25 Nov 2026 11:00:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2027', 2_027_000],
  ['2026-11-25', undefined],
  ['Wed, 99 Nov 2026 12:00:30 GMT', undefined],
  ['99999999999', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j is %j ms', (header, expected) => {
  expect(retryAfterMs(header, NOW)).toBe(expected);
});

const ACTOR = { kind: 'person', id: 'key_1', name: 'Ada' } as const;
const EVENT: TaskEvent = {
  position: 7n,
  taskId: 'task_01kavh8xa3f0ytqc2w4s0jxm7e',
  seq: 3,
  type: 'task.completed',
  from: 'in_progress',
  to: 'completed',
  actor: ACTOR,
  runId: null,
  reason: null,
  data: null,
  source: 'api',
  agent: null,
  at: NOW,
};
const TASK = {
  id: EVENT.taskId,
  title: 'A',
  description: 'x'.repeat(LIMITS.descriptionBytes),
  status: 'completed',
  createdBy: ACTOR,
  result: { text: '"'.repeat(LIMITS.jsonBytes / 2 - 100) },
  createdAt: NOW,
  startedAt: NOW,
  updatedAt: NOW,
  finishedAt: NOW,
  notBefore: null,
} as unknown as Task;

test('the largest possible task is sent complete', () => {
  const { data } = JSON.parse(payloadOf(EVENT, TASK, undefined).toString());
  expect(data.task.description).toHaveLength(LIMITS.descriptionBytes);
  expect(data.task.result).toEqual(TASK.result);
  expect(data).not.toHaveProperty('omitted');
});

test('a payload that would be too large omits its largest texts, and lists them', () => {
  const body = payloadOf(EVENT, TASK, undefined, 10_000);
  expect(body.length).toBeLessThan(10_000);
  expect(JSON.parse(body.toString()).data).toMatchObject({
    event: { type: 'task.completed', data: null },
    task: { id: TASK.id, title: 'A', description: null, result: null },
    omitted: ['event.data', 'task.description', 'task.result'],
  });
});
