import { type Action, type Caller, may } from '../domain/permissions.ts';

/** A URL can contain a secret in its path or query, as Slack's does: only a caller who may change it sees all of it. */
export function shownUrl(url: string, caller: Caller, action: Action): string {
  if (may(caller.role, action)) return url;
  return URL.canParse(url) ? `${new URL(url).origin}/…` : '…';
}
