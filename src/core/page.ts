/** A page as it is fetched: how many, from which end, and between which cursors. */
export interface PageRequest {
  readonly limit: number;
  readonly fromEnd: boolean;
  readonly after?: string;
  readonly before?: string;
}

/** A page of a list as every API gives it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Whether there are more in the direction the page was read in. */
  readonly hasMore: boolean;
  /** The place of an item in the list; opaque to the client. */
  readonly cursorOf: (item: Item) => string;
}
