import { sleep } from '../../core/clock.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { TriggerContext } from '../context.ts';
import { type FileTrigger, syncFileTriggers } from './sync.ts';

const RETRY = { firstDelayMs: 500, maxDelayMs: 30_000 } as const;

export interface FileUpkeep extends AsyncDisposable {
  /** Applies the file as it is by then; resolves after the first try. Never throws: a failure is logged and tried again. */
  look(): Promise<void>;
}

/**
 * Keeps the table equal to the file: at each look, again while the database is away, and when a trigger of the API
 * changed while something had to be left out because of one. `read` gives undefined when there is no file: then nothing
 * is touched, for another instance may have one. No poller: nothing is polled, and `look` waits for its own try.
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
      if (done.changed.length > 0) log.info({ triggers: done.changed }, 'agents.yaml changed these triggers');
      const before = leftOut;
      leftOut = done.leftOut.map(
        ({ name, reason }) => `the trigger "${name}" of agents.yaml is left out: ${reason}`,
      );
      for (const line of leftOut) if (!before.includes(line)) log.error(line);
    } catch (error) {
      failures += 1;
      log.error({ err: error }, 'the triggers of agents.yaml could not be taken up; it is tried again');
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
