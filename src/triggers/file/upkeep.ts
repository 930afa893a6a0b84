import { sleep } from '../../core/clock.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { TriggerContext } from '../context.ts';
import { type FileTrigger, syncFileTriggers } from './sync.ts';

const RETRY = { firstDelayMs: 500, maxDelayMs: 30_000 } as const;

export interface FileUpkeep extends AsyncDisposable {
  /** Applies the current file; resolves after the first attempt. Never throws: a failure is logged and retried. */
  look(): Promise<void>;
}

/**
 * Keeps the table equal to the file: at each `look`, again after a database error, and after a change of an API trigger
 * while a trigger of the file is left out because of a conflict. `read` returns undefined if there is no file: then
 * nothing changes, because another process may have one. It is not a `Poller`: `look` waits for its own attempt.
 */
export function createFileUpkeep(
  context: TriggerContext,
  read: () => readonly FileTrigger[] | undefined,
): FileUpkeep {
  const { log, pubsub } = context;
  const end = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  let failures = 0;
  let leftOut: readonly string[] = [];

  const look = (): Promise<void> => {
    looking = looking.then(once);
    return looking;
  };
  const once = async (): Promise<void> => {
    const wanted = read();
    if (wanted === undefined || end.signal.aborted) return;
    try {
      const done = await syncFileTriggers(context, wanted);
      failures = 0;
      if (done.changed.length > 0) log.info({ triggers: done.changed }, 'triggers changed from agents.yaml');
      const before = leftOut;
      leftOut = done.leftOut.map(
        ({ name, reason }) => `trigger "${name}" of agents.yaml is left out: ${reason}`,
      );
      for (const line of leftOut) if (!before.includes(line)) log.error(line);
    } catch (error) {
      failures += 1;
      log.error({ err: error }, 'triggers of agents.yaml could not be applied; retrying');
      void again(backoffDelayMs(failures, RETRY));
    }
  };
  const again = async (delayMs: number): Promise<void> => {
    if (await sleep(delayMs, end.signal)) await look();
  };
  const stop = pubsub.subscribe('triggers', () => {
    if (leftOut.length > 0) void look();
  });
  return {
    look,
    async [Symbol.asyncDispose]() {
      end.abort();
      stop();
      await looking;
    },
  };
}
