import type { TriggerContext } from './context.ts';

/** What a cron expression in its zone comes to. */
export interface DueMoments {
  next(after: Date): Date | undefined;
}

/** What is looked at before a trigger is kept; each throws `VALIDATION` with what would be right. */
export interface TriggerChecks {
  /** A Liquid template. */
  readonly template: (source: string) => unknown;
  /** A CEL condition. */
  readonly condition: (source: string) => unknown;
  /** A cron expression and a time zone, strictly; the issues' paths begin with `cron` or `timezone`. */
  readonly schedule: (cron: string, timezone: string) => DueMoments;
  /** The same for what is kept already. */
  readonly keptSchedule: (cron: string, timezone: string) => DueMoments;
  /** An address that may be called from here, as far as that shows without asking a name server. */
  readonly outboundUrl: (url: string) => unknown;
}

/** What the use-cases need that make and change triggers. */
export interface ManageContext extends TriggerContext {
  readonly checks: TriggerChecks;
}
