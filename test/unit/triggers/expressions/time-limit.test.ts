import { expect, test } from 'vitest';
import { withinTime } from '../../../../src/triggers/expressions/time-limit.ts';

const LIMIT_MS = 50;

/** Holds the thread without using the CPU, as a process that the system does not schedule. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('work that got no CPU within the limit is run again and succeeds', () => {
  let tries = 0;
  const result = withinTime(LIMIT_MS, () => {
    tries += 1;
    if (tries < 3) pause(60_000);
    return 'done';
  });
  expect({ result, tries }).toEqual({ result: 'done', tries: 3 });
});

test('work that uses the CPU is ended, and is not run again without end', () => {
  let tries = 0;
  const busy = (): never => {
    tries += 1;
    for (;;);
  };
  expect(() => withinTime(LIMIT_MS, busy)).toThrow(`took longer than ${LIMIT_MS} ms`);
  expect(tries).toBeLessThanOrEqual(4);
});

test('what the work throws is thrown, once', () => {
  let tries = 0;
  const refuse = (): never => {
    tries += 1;
    throw new TypeError('no');
  };
  expect(() => withinTime(LIMIT_MS, refuse)).toThrow('no');
  expect(tries).toBe(1);
});
