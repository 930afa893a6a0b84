import type { SchedulerBackend } from '../fixtures/scheduler-backend.ts';
import { failures } from './scheduler/failures.ts';
import { leaving } from './scheduler/leaving.ts';
import { moments } from './scheduler/moments.ts';
import { prompt } from './scheduler/prompt.ts';
import { wakeUps } from './scheduler/wake-ups.ts';

/** What every store behind the port must do. `makeBackend` gives a store that no other test uses. */
export function schedulerConformance(makeBackend: () => Promise<SchedulerBackend>): void {
  wakeUps(makeBackend);
  moments(makeBackend);
  failures(makeBackend);
  leaving(makeBackend);
  prompt(makeBackend);
}
