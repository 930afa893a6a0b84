import { invalid } from '../../core/errors.ts';
import { misfireWindow } from './schema.ts';

/** Fields with another name in `agents.yaml` than in the API. The API accepts both, so definitions can be copied. */
export interface FileNames {
  /** `path`. */
  readonly webhook?: string | null | undefined;
  /** `misfireWindowSeconds`, as a text with a unit: `6h`. */
  readonly misfireWindow?: string | null | undefined;
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null;

/** The input with the API's names only. Throws `VALIDATION` for a field given under both names or a bad duration. */
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
      const message = parsed.error.issues[0]?.message ?? 'must be a duration such as "6h"';
      throw invalid([{ path: ['misfireWindow'], message }]);
    }
    ours['misfireWindowSeconds'] = parsed.data;
  }
  return ours;
}

function mustBeSaidOnce(ours: Record<string, unknown>, theirName: string, ourName: string): void {
  if (!isSaid(ours[ourName])) return;
  throw invalid([{ path: [theirName], message: `is another name for ${ourName}; set only one of them` }]);
}
