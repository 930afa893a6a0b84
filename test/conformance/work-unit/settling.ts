import { describe, expect, test } from 'vitest';
import { RETRY } from '../../../src/domain/limits.ts';
import type { WorkBackend } from '../../fixtures/work-backend.ts';
import { claimable, claimOne } from './claim.ts';

export function settling(makeBackend: () => Promise<WorkBackend>): void {
  describe('a unit', () => {
    test('is settled exactly once, however many try at the same time', async () => {
      await using backend = await makeBackend();
      const id = await backend.add();
      const unit = await claimOne(backend.source());
      const results = Array.from({ length: 8 }, (_, index) => index);
      const settled = await Promise.all(results.map((result) => unit.settle({ kind: 'completed', result })));
      expect(settled.filter(Boolean)).toHaveLength(1);
      const { state, result } = await backend.stored(id);
      expect({ state, isOfWinner: settled[result as number] }).toEqual({
        state: 'completed',
        isOfWinner: true,
      });
      expect(await unit.release('shutdown')).toBe(false);
      expect(await claimable(backend.source())).toBe(0);
    });

    test('that is given back can be claimed at once, and no attempt is counted', async () => {
      await using backend = await makeBackend();
      const id = await backend.add();
      const unit = await claimOne(backend.source());
      expect(await unit.release('shutdown')).toBe(true);
      const next = await claimOne(backend.source());
      expect(next).toMatchObject({ id, attempt: 2 });
      expect(await backend.stored(id)).toMatchObject({ state: 'open', attempts: 0, lostLeases: 0 });
    });

    test('that is to be retried waits, and fails after its last attempt', async () => {
      await using backend = await makeBackend();
      const id = await backend.add();
      const source = backend.source();
      for (let attempt = 1; attempt <= RETRY.maxAttempts; attempt += 1) {
        const unit = await claimOne(source);
        expect(await unit.settle({ kind: 'retry', code: 'model_busy', message: 'Later.' })).toBe(true);
        expect(await claimable(source)).toBe(0);
        const state = attempt < RETRY.maxAttempts ? 'open' : 'failed';
        expect(await backend.stored(id)).toMatchObject({ state, attempts: attempt });
        await backend.makeDue(id);
      }
    });
  });
}
