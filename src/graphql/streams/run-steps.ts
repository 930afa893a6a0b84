import type pg from 'pg';
import { OperationError } from '../../core/errors.ts';
import { parseRunCursor, type RunEvent, type RunPosition } from '../../domain/run.ts';
import { lastStepOf } from '../../store/runs/last-step.ts';
import { readRunEvents } from '../../store/runs/steps.ts';
import { SourceStream } from './source.ts';

const PAGE_STEPS = 200;
/** Read without a hint, so that a lost one costs this much time. */
const POLL_MS = 1_000;
/** A seq has nine digits at most. */
const SEQ_BITS = 32n;

function positionOf({ number, seq }: RunPosition): bigint {
  return (BigInt(number) << SEQ_BITS) | BigInt(seq);
}

function placeOf(position: bigint): RunPosition {
  return { number: Number(position >> SEQ_BITS), seq: Number(position & ((1n << SEQ_BITS) - 1n)) };
}

function cursorOf(position: bigint): string {
  const { number, seq } = placeOf(position);
  return position === 0n ? '0' : `${number}.${seq}`;
}

export interface RunStepsParts {
  readonly pool: pg.Pool;
  /** Hears of new steps of a task's runs; gives back the way to stop. */
  readonly onSteps: (taskId: string, listener: () => void) => () => void;
}

async function startOf(pool: pg.Pool, taskId: string, after: string | null | undefined): Promise<bigint> {
  if (typeof after !== 'string') return positionOf(await lastStepOf(pool, taskId));
  const place = parseRunCursor(after);
  if (place) return positionOf(place);
  throw new OperationError(
    'BAD_CURSOR',
    'This is no cursor of a run: give the cursor of a step, "0" for the beginning, or nothing for now.',
  );
}

/** The steps of all runs of a task: what was missed after a cursor first, then what happens. Without a cursor it begins now. */
export async function runStepsStream(
  { pool, onSteps }: RunStepsParts,
  { taskId, after }: { readonly taskId: string; readonly after?: string | null },
): Promise<SourceStream<RunEvent>> {
  return new SourceStream<RunEvent>({
    key: `run-steps ${taskId}`,
    mode: 'every',
    after: await startOf(pool, taskId, after),
    cursorOf,
    read: async (from, upTo) => {
      const steps = await readRunEvents(pool, { taskId, after: placeOf(from), limit: PAGE_STEPS });
      const all = steps.map((item) => ({
        item,
        position: positionOf({ number: item.runNumber, seq: item.seq }),
      }));
      const items = upTo === undefined ? all : all.filter(({ position }) => position <= upTo);
      const atHead = steps.length < PAGE_STEPS || items.length < all.length;
      const last = items.at(-1)?.position ?? from;
      return { items, position: atHead && upTo !== undefined && upTo > last ? upTo : last, atHead };
    },
    follow: (listener) => {
      const hint = (): void => listener();
      const timer = setInterval(hint, POLL_MS).unref();
      const stop = onSteps(taskId, hint);
      return () => {
        clearInterval(timer);
        stop();
      };
    },
  });
}
