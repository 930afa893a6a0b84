import { describe, expect, test } from 'vitest';
import type { PubSub } from '../../src/pubsub/port.ts';

/** What every way to pass hints must do. `make` gives one that hears no other test. */
export function pubSubConformance(make: () => Promise<PubSub>): void {
  describe('every pub/sub', () => {
    test('calls the listeners of a topic before publish returns, and those of no other', async () => {
      await using pubsub = await make();
      const heard: unknown[] = [];
      pubsub.subscribe('work', (payload) => heard.push(payload));
      pubsub.subscribe('log', () => heard.push('log'));
      pubsub.publish('work', { agents: ['assistant'] });
      expect(heard).toEqual([{ agents: ['assistant'] }]);
      pubsub.publish('log', {});
      expect(heard).toEqual([{ agents: ['assistant'] }, 'log']);
    });

    test('calls a listener once for each subscription, and not after it was stopped', async () => {
      await using pubsub = await make();
      let calls = 0;
      const listener = () => {
        calls += 1;
      };
      const stopFirst = pubsub.subscribe('log', listener);
      const stopSecond = pubsub.subscribe('log', listener);
      pubsub.publish('log', {});
      expect(calls).toBe(2);
      stopFirst();
      stopFirst();
      pubsub.publish('log', {});
      expect(calls).toBe(3);
      stopSecond();
      pubsub.publish('log', {});
      expect(calls).toBe(3);
    });

    test('a listener that throws hinders neither the others nor the publisher', async () => {
      await using pubsub = await make();
      const heard: string[] = [];
      pubsub.subscribe('keys', () => {
        throw new Error('a listener of the test');
      });
      pubsub.subscribe('keys', ({ keyIds }) => heard.push(...keyIds));
      pubsub.publish('keys', { keyIds: ['key_1'] });
      expect(heard).toEqual(['key_1']);
    });

    test('a listener may stop itself and publish again while it is called', async () => {
      await using pubsub = await make();
      const heard: string[] = [];
      const stop = pubsub.subscribe('run', ({ taskIds }) => {
        stop();
        heard.push(...taskIds);
        pubsub.publish('run', { taskIds: ['again'] });
      });
      pubsub.publish('run', { taskIds: ['first'] });
      expect(heard).toEqual(['first']);
    });

    test('reports that it is ok, and after its end sends nothing and does not throw', async () => {
      const pubsub = await make();
      expect(pubsub.status()).toEqual({ ok: true });
      let calls = 0;
      pubsub.subscribe('log', () => {
        calls += 1;
      });
      await pubsub[Symbol.asyncDispose]();
      pubsub.publish('log', {});
      expect(calls).toBe(0);
    });
  });
}
