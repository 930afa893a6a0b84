import { expect, vi } from 'vitest';
import { createLog } from '../../../src/core/log.ts';
import { createScheduler } from '../../../src/scheduler/agenda/create.ts';
import type { Handlers } from '../../../src/scheduler/catalogue.ts';
import type { Scheduler } from '../../../src/scheduler/port.ts';
import { quietHandlers } from '../../fixtures/handlers.ts';
import { type SchedulerBackend, schedulerOptions } from '../../fixtures/scheduler-backend.ts';

interface Limits {
  readonly lockMs?: number;
  readonly pollMs?: number;
}

export const WAIT = { timeout: 20_000, interval: 10 };

/** One process's scheduler; with `work` it also runs jobs. */
export async function instance(
  backend: SchedulerBackend,
  work?: Handlers['work'],
  limits: Limits = {},
): Promise<Scheduler> {
  const { options, end } = schedulerOptions(backend.address);
  const scheduler = await createScheduler({ ...options, pollMs: 250, ...limits }, createLog('silent'));
  if (work) await scheduler.start(quietHandlers({ work }));
  const dispose = scheduler[Symbol.asyncDispose].bind(scheduler);
  return Object.assign(scheduler, {
    [Symbol.asyncDispose]: async () => {
      await dispose();
      await end();
    },
  });
}

/** Runs as they began. */
export function recorder(): {
  readonly runs: { agent: string; atMs: number }[];
  readonly work: Handlers['work'];
} {
  const runs: { agent: string; atMs: number }[] = [];
  return {
    runs,
    work: async ({ agent }) => {
      runs.push({ agent, atMs: Date.now() });
    },
  };
}

export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export async function nothingLeft(backend: SchedulerBackend): Promise<void> {
  await vi.waitFor(async () => expect(await backend.rows()).toEqual([]), WAIT);
}
