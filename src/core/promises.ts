import { sleep } from './clock.ts';

/** A promise with its resolve and reject functions. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Like `Promise.withResolvers`, which Node has since version 22. */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** The action's result, or an error (which names `what`) after `timeoutMs`; the action itself is not stopped. */
export async function withDeadline<T>(timeoutMs: number, action: Promise<T>, what?: string): Promise<T> {
  const late = deferred<never>();
  const message = `${what === undefined ? '' : `${what} gave `}no answer within ${timeoutMs} ms`;
  const timer = setTimeout(() => late.reject(new Error(message)), timeoutMs);
  try {
    return await Promise.race([action, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the action has ended, or after `timeoutMs`; the action itself is not stopped. */
export async function waitAtMost(timeoutMs: number, action: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  try {
    await Promise.race([action, sleep(timeoutMs, limit.signal)]);
  } finally {
    limit.abort();
  }
}
