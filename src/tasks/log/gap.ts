/** What is known of the gap right after the settled position. */
export type Gap =
  /** A position was skipped; these transactions were writing when that was seen, and may still fill it. */
  | { readonly kind: 'waiting'; readonly writers: readonly string[] }
  /** They are gone: whatever they committed is visible to the next read, and the rest was rolled back. */
  | { readonly kind: 'over' };

export interface Advance<Event> {
  /** The events that may be given out now, in order. */
  readonly settled: readonly Event[];
  /** True when the read ended before a gap that has to be looked into. */
  readonly atGap: boolean;
}

/**
 * How far a read of the log may be trusted. `position` comes from a sequence, which is not commit order: a missing
 * number may yet be committed. So a read is taken up to the first gap. A gap is passed only by a read that began after
 * every transaction that was writing when the gap was seen had ended (`gap` is `over`), and only that one gap: the next
 * one may be younger than what was asked about.
 */
export function advance<Event extends { readonly position: bigint }>(
  from: bigint,
  events: readonly Event[],
  gap: Gap | undefined,
): Advance<Event> {
  let expected = from + 1n;
  let mayPass = gap?.kind === 'over';
  for (const [index, event] of events.entries()) {
    if (event.position !== expected) {
      if (!mayPass) return { settled: events.slice(0, index), atGap: true };
    }
    mayPass = false;
    expected = event.position + 1n;
  }
  return { settled: events, atGap: false };
}
