import { expect, test } from 'vitest';
import { ByKey } from '../../../../src/scheduler/agenda/by-key.ts';

test('a hundred writes at once are two, and the last word is the last write', async () => {
  const byKey = new ByKey();
  const written: number[] = [];
  const writes = Array.from({ length: 100 }, (_, number) =>
    byKey.run('key', async () => {
      await Promise.resolve();
      written.push(number);
    }),
  );
  await Promise.all(writes);
  expect(written).toEqual([0, 99]);
});

test('writes of one key keep their order, each begins after it was asked for, and other keys do not wait', async () => {
  const byKey = new ByKey();
  let asked = 0;
  let covered = 0;
  let underWay = 0;
  const write = async (): Promise<void> => {
    underWay += 1;
    expect(underWay).toBe(1);
    const sees = asked;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    covered = sees;
    underWay -= 1;
  };
  for (let round = 0; round < 200; round += 1) {
    asked += 1;
    const mine = asked;
    const done = byKey.run('key', write).then(() => expect(covered).toBeGreaterThanOrEqual(mine));
    if (round % 3 === 0) await done;
  }
  await byKey.run('key', write);
  expect(covered).toBe(asked);
  const stuck = byKey.run('stuck', () => new Promise(() => undefined));
  await byKey.run('other', () => Promise.resolve());
  await expect(Promise.race([stuck, Promise.resolve('waiting')])).resolves.toBe('waiting');
});

test('a failed write rejects for its callers, and the next one is made', async () => {
  const byKey = new ByKey();
  const first = byKey.run('key', () => Promise.reject(new Error('first')));
  const second = byKey.run('key', () => Promise.resolve());
  await expect(first).rejects.toThrow('first');
  await expect(second).resolves.toBeUndefined();
  await expect(byKey.run('key', () => Promise.reject(new Error('third')))).rejects.toThrow('third');
});
