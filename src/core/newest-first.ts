import { z } from 'zod';
import { OperationError } from './errors.ts';

/** The position of a row in a list, newest first: its time, and its id among rows with the same time. */
export interface Position {
  readonly at: string;
  readonly id: string;
}

const cursorSchema = z.tuple([
  z.iso.datetime().refine((at) => at >= '0001'),
  z.string().regex(/^[a-z0-9_]{1,64}$/),
]);

/** The cursor of a row in a list, newest first; opaque to clients. */
export function newestFirstCursor(at: Date, id: string): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url');
}

/** Parses a cursor of `newestFirstCursor`. Throws `BAD_CURSOR`. */
export function parsePosition(cursor: string): Position {
  try {
    const [at, id] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { at, id };
  } catch {
    throw new OperationError('BAD_CURSOR', 'Invalid cursor; omit it for the first page.');
  }
}
