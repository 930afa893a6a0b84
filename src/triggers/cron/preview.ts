import { z } from 'zod';
import { parseSchedule } from '../../domain/schedule.ts';
import { parseInput } from '../../tasks/fields.ts';

const MOST = 100;
const schema = z.object({
  first: z
    .number()
    .default(5)
    .refine((value) => Number.isInteger(value) && value >= 1 && value <= MOST, {
      error: `must be a whole number from 1 to ${MOST}`,
    }),
});

export interface CronPreview {
  /** Such as "At 02:00, Monday through Friday". */
  readonly words: string;
  /** The next due moments, computed by the code that fires them. */
  readonly occurrences: readonly Date[];
}

/** Previews a schedule from now on; creates nothing. Throws `VALIDATION` at `cron`, `timezone` or `first`. */
export function previewCron(input: { cron: string; timezone: string; first?: number }): CronPreview {
  const { first } = parseInput(schema, { first: input.first });
  const schedule = parseSchedule(input.cron, input.timezone);
  const occurrences: Date[] = [];
  for (let at = schedule.next(new Date()); at && occurrences.length < first; at = schedule.next(at)) {
    occurrences.push(at);
  }
  return { words: schedule.words, occurrences };
}
