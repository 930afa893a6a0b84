import { type Action, type Caller, may } from '../domain/permissions.ts';

/** An address may carry a secret in its path or its query, as Slack's does: whole only for who may change it. */
export function shownUrl(url: string, caller: Caller, action: Action): string {
  if (may(caller.role, action)) return url;
  return URL.canParse(url) ? `${new URL(url).origin}/…` : '…';
}
