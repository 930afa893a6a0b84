/** Only these transactions can still fill a gap below `upTo`. */
export interface Fence {
  /** The highest position that was visible before the list of transactions was read. */
  readonly upTo: bigint;
  readonly writers: readonly string[];
}

export interface Settled {
  /** How many of the rows, from the first, may be sent. */
  readonly count: number;
  /** The reader's position after them. */
  readonly cursor: bigint;
  /** True if the next row is after a position that may still appear. */
  readonly atGap: boolean;
}

/**
 * How far a reader at `cursor` may go through `rows` (visible, ascending, all after it). A row without a gap before it
 * is safe. A row after a gap is safe only up to `fencedUpTo`: below this position, known before these rows were read,
 * no row can appear any more. A position that never appears was rolled back.
 */
export function settle(
  cursor: bigint,
  rows: readonly { readonly position: bigint }[],
  fencedUpTo: bigint,
): Settled {
  let count = 0;
  for (const { position } of rows) {
    if (position !== cursor + 1n && position > fencedUpTo) return { count, cursor, atGap: true };
    cursor = position;
    count += 1;
  }
  return { count, cursor, atGap: false };
}
