import type { TriggerContext } from '../context.ts';

/** The answer of a trigger's check, as far as it is looked at; header names in small letters. */
export interface CheckAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What a decision needs besides: templates and the check. */
export interface CronContext extends TriggerContext {
  /** Renders a Liquid template; dates that say nothing else show in `timezone`. Throws `VALIDATION` when it fails. */
  readonly render: (source: string, scope: Record<string, unknown>, timezone: string) => Promise<string>;
  /** A GET that follows no redirect and reaches no private address; throws with the reason when there is no answer. */
  readonly check: (
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<CheckAnswer>;
}
