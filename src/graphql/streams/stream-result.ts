import type { ExecutionResult, GraphQLError } from 'graphql';

/** A result that may be sent to many: turned into text once. */
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

  /** Its JSON; what is sent over either transport. */
  get json(): string {
    return this.#json;
  }

  /**
   * The same in UTF-8, encoded once for all who are sent it over a WebSocket in this turn of the event loop, as those
   * who keep up are; then released, so that what waits for a slow reader is not held twice.
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

  /** Yoga asks a result for its text before it makes its own. */
  readonly stringify = (): string => this.json;

  /** `stringify` is no part of the result, for whoever spreads it or turns it into JSON. */
  toJSON(): ExecutionResult {
    return {
      ...(this.errors && { errors: this.errors }),
      ...(this.data !== undefined && { data: this.data }),
    };
  }
}
