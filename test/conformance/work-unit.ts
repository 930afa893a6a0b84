import type { WorkBackend } from '../fixtures/work-backend.ts';
import { claims } from './work-unit/claims.ts';
import { fencing } from './work-unit/fencing.ts';
import { settling } from './work-unit/settling.ts';
import { stopping } from './work-unit/stopping.ts';

/** What every kind of unit of work must do. `makeBackend` gives a database that no other test uses. */
export function workUnitConformance(makeBackend: () => Promise<WorkBackend>): void {
  claims(makeBackend);
  fencing(makeBackend);
  settling(makeBackend);
  stopping(makeBackend);
}
