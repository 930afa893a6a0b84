/** A requested page: its size, the end from which it is read, and its cursors. */
export interface PageRequest {
  readonly limit: number;
  readonly fromEnd: boolean;
  readonly after?: string;
  readonly before?: string;
}

/** A page of a list, for every API. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** True if there are more rows in the direction of the read. */
  readonly hasMore: boolean;
  /** The position of an item in the list; opaque to clients. */
  readonly cursorOf: (item: Item) => string;
}
