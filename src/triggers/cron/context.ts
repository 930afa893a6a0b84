import type { TriggerContext } from '../context.ts';

/** The parts of a check's answer that are used; header names are in lower case. */
export interface CheckAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What a decision needs in addition: templates and the check. */
export interface CronContext extends TriggerContext {
  /** A GET that follows no redirect and reaches no private address. Throws with the reason on no answer. */
  readonly render: (source: string, scope: Record<string, unknown>, timezone: string) => Promise<string>;
  /** A GET that follows no redirect and reaches no private address. Throws with the reason if there is no answer. */
  readonly check: (
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<CheckAnswer>;
}
