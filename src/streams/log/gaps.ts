/** Everything that could still fill a gap below `upTo` belongs to these transactions. */
export interface Fence {
  /** The highest position that was visible before the transactions were asked for. */
  readonly upTo: bigint;
  readonly writers: readonly string[];
}

export interface Settled {
  /** How many of the rows may be passed on, from the first. */
  readonly count: number;
  /** Where the reader stands then. */
  readonly cursor: bigint;
  /** True when the next row lies behind a number that may still appear. */
  readonly atGap: boolean;
}

/**
 * How far a reader at `cursor` may go through `rows` (visible, ascending, all after it). A row that follows on is
 * safe. One behind a gap is safe only up to `fencedUpTo`: a position below which nothing can appear any more, known
 * before these rows were read. A number that never appears was rolled back.
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
