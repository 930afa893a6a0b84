import type { ExecutionResult, GraphQLError } from 'graphql';

/** A result for any number of subscribers, converted to text once. */
export class StreamResult implements ExecutionResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
  readonly #json: string;
  #bytes: Buffer | undefined;

  constructor(result: ExecutionResult) {
    if (result.data !== undefined) this.data = result.data;
    if (result.errors) this.errors = result.errors;
    this.#json = JSON.stringify({ data: this.data, errors: this.errors });
  }

  /** Its JSON, as sent over both transports. */
  get json(): string {
    return this.#json;
  }

  /**
   * The same in UTF-8, encoded once for all WebSockets that send it in this turn of the event loop, as those of fast
   * readers do. Then it is released, so that a result that waits for a slow reader is not held twice.
   */
  get bytes(): Buffer {
    if (!this.#bytes) {
      this.#bytes = Buffer.from(this.#json);
      setImmediate(() => {
        this.#bytes = undefined;
      });
    }
    return this.#bytes;
  }

  /** Yoga uses this text instead of serialising the result itself. */
  readonly stringify = (): string => this.json;

  /** Without `stringify`, which is not part of the result. */
  toJSON(): ExecutionResult {
    return {
      ...(this.errors && { errors: this.errors }),
      ...(this.data !== undefined && { data: this.data }),
    };
  }
}
