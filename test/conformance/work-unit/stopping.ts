import { describe, expect, test } from 'vitest';
import type { AgentDefinition } from '../../../src/agents/config/definition.ts';
import { builtInAgent } from '../../../src/agents/config/definition.ts';
import { createLoop } from '../../../src/agents/loop/loop.ts';
import { ModelError } from '../../../src/agents/model/model-error.ts';
import type { Model } from '../../../src/agents/model/port.ts';
import { startWorker, type Worker } from '../../../src/agents/worker/worker.ts';
import { createLog } from '../../../src/core/log.ts';
import { deferred } from '../../../src/core/promises.ts';
import type { WorkBackend } from '../../fixtures/work-backend.ts';

const AGENT: AgentDefinition = builtInAgent('none');

/** Answers nothing until its call is ended. */
function silentModel(): { model: Model; called: Promise<void>; ended: Promise<void> } {
  const called = deferred<void>();
  const ended = deferred<void>();
  const model: Model = {
    call: ({ signal }) =>
      new Promise((_, reject) => {
        called.resolve();
        signal.addEventListener('abort', () => {
          ended.resolve();
          reject(new ModelError('aborted', 'The call was aborted.'));
        });
      }),
  };
  return { model, called: called.promise, ended: ended.promise };
}

function workerOver(backend: WorkBackend, model: Model): Worker {
  const log = createLog('silent');
  return startWorker({
    id: 'worker_conformance',
    source: backend.source(),
    pool: backend.pool,
    agents: { get: () => AGENT, names: () => ['assistant'], onChange: () => () => undefined },
    handler: createLoop({ models: () => model, tools: [], log }),
    concurrency: 1,
    leaseMs: 30_000,
    pollMs: 50,
    log,
  });
}

export function stopping(makeBackend: () => Promise<WorkBackend>): void {
  describe('the loop', () => {
    test('is reached by a cancel: the model call ends within a second, and nothing is stored after it', async () => {
      await using backend = await makeBackend();
      const { model, called, ended } = silentModel();
      await using worker = workerOver(backend, model);
      const stopWatching = await backend.watch((revocations) => worker.revoked(revocations));
      try {
        const id = await backend.add();
        await called;
        const cancelledAtMs = performance.now();
        await backend.cancel(id);
        await ended;
        expect(performance.now() - cancelledAtMs).toBeLessThan(1_000);
        await worker.stop(0);
        expect(await backend.stored(id)).toMatchObject({ state: 'cancelled', texts: [] });
      } finally {
        await stopWatching();
      }
    });

    test('is reached by a stop of the worker: its unit is given back', async () => {
      await using backend = await makeBackend();
      const { model, called, ended } = silentModel();
      await using worker = workerOver(backend, model);
      const id = await backend.add();
      await called;
      expect(await worker.stop(0)).toEqual({ released: 1 });
      await ended;
      expect(await backend.stored(id)).toMatchObject({ state: 'open', attempts: 0, lostLeases: 0 });
    });
  });
}
