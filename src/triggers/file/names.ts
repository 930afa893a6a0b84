import { invalid } from '../../core/errors.ts';
import { misfireWindow } from './schema.ts';

/** Fields that `agents.yaml` names otherwise than the API does; the API accepts either, so that one can be copied into the other. */
export interface FileNames {
  /** `path`. */
  readonly webhook?: string | null | undefined;
  /** `misfireWindowSeconds`, as a text with its unit: `6h`. */
  readonly misfireWindow?: string | null | undefined;
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null;

/** The input in our own names alone. Throws `VALIDATION` for a field that is given in both, and for what is no duration. */
export function inOurNames<Input extends object>(input: Input & FileNames): Record<string, unknown> {
  const { webhook, misfireWindow: window, ...ours } = input as FileNames & Record<string, unknown>;
  if (isSaid(webhook)) {
    mustBeSaidOnce(ours, 'webhook', 'path');
    ours['path'] = webhook;
  }
  if (isSaid(window)) {
    mustBeSaidOnce(ours, 'misfireWindow', 'misfireWindowSeconds');
    const parsed = misfireWindow.safeParse(window);
    if (!parsed.success) {
      const message = parsed.error.issues[0]?.message ?? 'is no duration';
      throw invalid([{ path: ['misfireWindow'], message }]);
    }
    ours['misfireWindowSeconds'] = parsed.data;
  }
  return ours;
}

function mustBeSaidOnce(ours: Record<string, unknown>, theirName: string, ourName: string): void {
  if (!isSaid(ours[ourName])) return;
  throw invalid([{ path: [theirName], message: `is the same as ${ourName}: give one of the two` }]);
}
