import type { Positioned } from './source.ts';

/** Items of one chunk are rendered together; a renderer has at most this many in memory. */
export const CHUNK_ITEMS = 100;

/** The rendering of one item, and the item's position. */
export interface Delivery<Result> {
  readonly position: bigint;
  readonly result: Result;
  /** Its size in a reader's queue. */
  readonly characters: number;
}

/** Renders items for an API: executes a GraphQL document for each, or writes it as JSON. */
export interface Renderer<Item, Result> {
  /** One delivery per item, in order; none after `signal` has aborted. */
  render(items: readonly Positioned<Item>[], signal: AbortSignal): Promise<readonly Delivery<Result>[]>;
}
