import type { Positioned } from './source.ts';

/** Items of one chunk are rendered together, and at most this many are in memory at once for one renderer. */
export const CHUNK_ITEMS = 100;

/** What one item is shown as, and the position of that item. */
export interface Delivery<Result> {
  readonly position: bigint;
  readonly result: Result;
  /** How much of a reader's queue it fills. */
  readonly characters: number;
}

/** Makes of items what an API sends: executes a GraphQL document for each, or writes it as JSON. */
export interface Renderer<Item, Result> {
  /** One delivery for each item, in their order; none once `signal` has aborted. */
  render(items: readonly Positioned<Item>[], signal: AbortSignal): Promise<readonly Delivery<Result>[]>;
}
