import { describe, expect, test } from 'vitest';
import type { WorkUnit } from '../../../src/agents/work/unit.ts';
import { sleep } from '../../../src/core/clock.ts';
import type { WorkBackend } from '../../fixtures/work-backend.ts';
import { claimable, claimOne, request } from './claim.ts';

export function claims(makeBackend: () => Promise<WorkBackend>): void {
  describe('a claim', () => {
    test('gives each unit to one of many claimers, under a token that no other has', async () => {
      await using backend = await makeBackend();
      const ids = await Promise.all(Array.from({ length: 60 }, () => backend.add()));
      const given = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const source = backend.source();
          const taken: WorkUnit[] = [];
          for (;;) {
            const { units } = await source.prepareClaim(request({ slots: 3 })).send();
            if (units.length === 0) return taken;
            taken.push(...units);
          }
        }),
      );
      const units = given.flat();
      expect(units.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(new Set(units.map(({ token }) => token)).size).toBe(ids.length);
      expect(new Set(units.map(({ attemptId }) => attemptId)).size).toBe(ids.length);
      expect(new Set(units.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    });

    test('takes no more units than there are slots, and none of an agent that the worker does not know', async () => {
      await using backend = await makeBackend();
      await Promise.all(Array.from({ length: 3 }, () => backend.add()));
      const source = backend.source();
      expect((await source.prepareClaim(request({ agents: ['stranger'] })).send()).units).toEqual([]);
      expect((await source.prepareClaim(request({ slots: 2 })).send()).units).toHaveLength(2);
      expect(await claimable(source)).toBe(1);
    });

    test('whose answer is lost can be found by what it took, while its leases last', async () => {
      await using backend = await makeBackend();
      const [first, second] = [await backend.add(), await backend.add()];
      const claim = backend.source().prepareClaim(request({ slots: 5 }));
      expect(await claim.taken()).toEqual([]);
      const { units } = await claim.send();
      const identity = ({ id, attemptId, token }: WorkUnit) => ({ id, attemptId, token });
      const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
      const taken = (await claim.taken()).map(identity).toSorted(byId);
      expect(taken).toEqual(units.map(identity).toSorted(byId));
      expect(taken.map(({ id }) => id)).toEqual([first, second].toSorted());
      await backend.expire(first);
      expect((await claim.taken()).map(({ id }) => id)).toEqual([second]);
    });

    test('leaves a unit that lost two leases for a claim that takes it alone, and fails it at the third', async () => {
      await using backend = await makeBackend();
      const source = backend.source();
      const id = await backend.add();
      for (const alone of [false, false, true]) {
        expect(await source.isSuspectWaiting(['assistant'])).toBe(alone);
        if (alone) expect(await claimable(source)).toBe(0);
        await claimOne(source, { alone });
        await backend.expire(id);
      }
      expect(await source.prepareClaim(request()).send()).toEqual({ units: [], poisoned: [id] });
      expect(await backend.stored(id)).toMatchObject({ state: 'failed', lostLeases: 3 });
    });

    test('finds a unit innocent again after a whole step of it was stored', async () => {
      await using backend = await makeBackend();
      const source = backend.source();
      const id = await backend.add();
      await claimOne(source);
      await backend.expire(id);
      const unit = await claimOne(source);
      expect((await backend.stored(id)).lostLeases).toBe(1);
      await unit.progressed();
      expect((await backend.stored(id)).lostLeases).toBe(0);
    });
  });

  describe('a lease', () => {
    test('that is renewed outlasts its first term; one that is not is given to another with a higher token', async () => {
      await using backend = await makeBackend();
      const source = backend.source();
      const [kept, lost] = [await backend.add(), await backend.add()];
      const leaseMs = 2_000;
      const { units } = await source.prepareClaim(request({ slots: 2, leaseMs })).send();
      const unitOf = (id: string) => units.find((unit) => unit.id === id) as WorkUnit;
      expect(await source.renew([unitOf(kept)], 60_000)).toEqual(new Set());
      let next = (await source.prepareClaim(request({ slots: 2 })).send()).units;
      for (; next.length === 0; next = (await source.prepareClaim(request({ slots: 2 })).send()).units) {
        await sleep(50);
      }
      expect(next.map(({ id, attempt }) => ({ id, attempt }))).toEqual([{ id: lost, attempt: 2 }]);
      expect(next[0]?.token).toBeGreaterThan(unitOf(lost).token);
      expect(await source.renew(units, 60_000)).toEqual(new Set([lost]));
      expect(await unitOf(kept).settle({ kind: 'completed', result: 1 })).toBe(true);
    });
  });
}
