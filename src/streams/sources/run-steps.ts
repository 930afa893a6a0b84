import type pg from 'pg';
import { OperationError } from '../../core/errors.ts';
import type { Caller } from '../../domain/permissions.ts';
import { parseRunCursor, type RunEvent, type RunPosition, runCursor } from '../../domain/run.ts';
import { lastStepOf } from '../../store/runs/last-step.ts';
import { readRunEvents } from '../../store/runs/steps.ts';
import { audienceOfRole } from '../audience.ts';
import type { StreamSource } from '../source.ts';

const PAGE_STEPS = 200;
/** The poll interval: the longest delay after a lost hint. */
const POLL_MS = 1_000;
/** A seq has at most nine digits. */
const SEQ_BITS = 32n;

function positionOf({ number, seq }: RunPosition): bigint {
  return (BigInt(number) << SEQ_BITS) | BigInt(seq);
}

function placeOf(position: bigint): RunPosition {
  return { number: Number(position >> SEQ_BITS), seq: Number(position & ((1n << SEQ_BITS) - 1n)) };
}

function cursorOf(position: bigint): string {
  const { number, seq } = placeOf(position);
  return position === 0n ? '0' : runCursor({ runNumber: number, seq });
}

/** The position of a step's cursor; "0" is the beginning. Throws `BAD_CURSOR`. */
export function parseStepCursor(cursor: string): RunPosition {
  const place = parseRunCursor(cursor);
  if (place) return place;
  throw new OperationError(
    'BAD_CURSOR',
    'Invalid cursor; use the cursor of a step, or "0" for the beginning.',
  );
}

export interface RunStepsParts {
  readonly pool: pg.Pool;
  /** Calls `listener` after new steps of a task's runs; returns the way to stop. */
  readonly onSteps: (taskId: string, listener: () => void) => () => void;
}

export interface RunStepsFrom {
  readonly taskId: string;
  /** The cursor to resume from; "0" is the beginning, absent or null is now. */
  readonly after?: string | null;
}

/** The steps of all runs of a task. Throws `FORBIDDEN` or `BAD_CURSOR`. */
export async function runStepsSource(
  { pool, onSteps }: RunStepsParts,
  caller: Caller,
  { taskId, after }: RunStepsFrom,
): Promise<StreamSource<RunEvent>> {
  const start = typeof after === 'string' ? parseStepCursor(after) : await lastStepOf(pool, taskId);
  return {
    key: `run-steps ${taskId}`,
    audience: audienceOfRole(caller, 'task.read'),
    mode: 'every',
    after: positionOf(start),
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
  };
}
