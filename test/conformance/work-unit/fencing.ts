import { describe, expect, test } from 'vitest';
import type { WorkUnit } from '../../../src/agents/work/unit.ts';
import type { Step } from '../../../src/domain/messages.ts';
import type { WorkBackend } from '../../fixtures/work-backend.ts';
import { claimOne } from './claim.ts';

const { signal } = new AbortController();

const step = (text: string): Step => ({
  type: 'assistant',
  data: { text, toolCalls: [], finishReason: 'stop', usage: null },
});

/** Every write that a unit has, each of which must give false. */
const WRITES: readonly [name: string, write: (unit: WorkUnit) => Promise<boolean>][] = [
  ['a step', (unit) => unit.append(1, [step('late')], signal)],
  ['a result', (unit) => unit.settle({ kind: 'completed', result: 'late' })],
  ['a failure', (unit) => unit.settle({ kind: 'failed', code: 'late', message: 'late' })],
  ['a retry', (unit) => unit.settle({ kind: 'retry', code: 'late', message: 'late' })],
  ['a release', (unit) => unit.release('shutdown')],
];

export function fencing(makeBackend: () => Promise<WorkBackend>): void {
  describe('a lost lease', () => {
    test.each([
      ['ran out', async (backend: WorkBackend, id: string) => backend.expire(id)],
      [
        'was taken over',
        async (backend: WorkBackend, id: string) => {
          await backend.expire(id);
          await claimOne(backend.source());
        },
      ],
      ['ended with a cancel', async (backend: WorkBackend, id: string) => backend.cancel(id)],
    ])('that %s fences every write', async (_, lose) => {
      await using backend = await makeBackend();
      const source = backend.source();
      const id = await backend.add();
      const unit = await claimOne(source);
      await lose(backend, id);
      const before = await backend.stored(id);
      for (const [name, write] of WRITES) expect(await write(unit), name).toBe(false);
      await unit.progressed();
      expect(await source.renew([unit], 60_000)).toEqual(new Set([id]));
      expect(await backend.stored(id)).toEqual(before);
      expect(before.texts).toEqual([]);
    });

    test('leaves the writes of the next attempt alone', async () => {
      await using backend = await makeBackend();
      const id = await backend.add();
      const dead = await claimOne(backend.source());
      expect(await dead.append(1, [step('first')], signal)).toBe(true);
      await backend.expire(id);
      const next = await claimOne(backend.source());
      const written = await Promise.all([
        dead.append(2, [step('of the dead')], signal),
        next.append(1, [step('second')], signal),
        dead.settle({ kind: 'failed', code: 'late', message: 'late' }),
      ]);
      expect(written).toEqual([false, true, false]);
      expect(await next.settle({ kind: 'completed', result: 'done' })).toBe(true);
      expect(await backend.stored(id)).toMatchObject({
        state: 'completed',
        result: 'done',
        texts: ['first', 'second'],
      });
    });
  });

  describe('the record of a unit', () => {
    test('has each step once, though its append is sent twice', async () => {
      await using backend = await makeBackend();
      const id = await backend.add();
      const unit = await claimOne(backend.source());
      for (let sent = 0; sent < 2; sent += 1) {
        expect(await unit.append(1, [step('one'), step('two')], signal)).toBe(true);
      }
      expect((await backend.stored(id)).texts).toEqual(['one', 'two']);
    });

    test('is where the next attempt continues', async () => {
      await using backend = await makeBackend();
      const id = await backend.add();
      const first = await claimOne(backend.source());
      const before = (await first.past()).conversation;
      expect(before.messages).toEqual([]);
      before.apply(step('half of it'));
      expect(await first.append(1, [step('half of it')], signal)).toBe(true);
      const sent = await first.messages('Be brief.', before);
      await backend.expire(id);
      const next = await claimOne(backend.source());
      const { conversation, unsent } = await next.past();
      expect(unsent).toEqual([]);
      expect(await next.messages('Be brief.', conversation)).toEqual(sent);
      expect(sent.at(-1)).toEqual({ role: 'assistant', content: 'half of it' });
    });
  });
}
