import { messageOf } from './errors.ts';

type Release = () => unknown | Promise<unknown>;

/**
 * Acquire, then push the undo. Releases run last-in-first-out, once, also when a start fails half-way;
 * their errors are gathered into one `AggregateError` after all have run.
 */
export class Releasers implements AsyncDisposable {
  readonly #stack: { name: string; release: Release }[] = [];
  #released: Promise<void> | undefined;

  /** Registers `release`, named for the error it may raise. */
  push(name: string, release: Release): void {
    this.#stack.push({ name, release });
  }

  /** Registers a disposable and gives it back. */
  use<T extends AsyncDisposable>(name: string, resource: T): T {
    this.push(name, () => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Runs every release; a second call waits for the first. Throws `AggregateError` when some failed. */
  release(): Promise<void> {
    this.#released ??= this.#run();
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #run(): Promise<void> {
    const errors: Error[] = [];
    for (let next = this.#stack.pop(); next; next = this.#stack.pop()) {
      const { name, release } = next;
      try {
        await release();
      } catch (error) {
        errors.push(new Error(`releasing ${name}: ${messageOf(error)}`, { cause: error }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some resources were not released cleanly');
  }
}

/** Runs `start`; when it throws, everything it had acquired is released before the error goes on. */
export async function withReleasers<T>(start: (releasers: Releasers) => Promise<T>): Promise<T> {
  const releasers = new Releasers();
  try {
    return await start(releasers);
  } catch (error) {
    await releasers.release().catch(() => undefined);
    throw error;
  }
}
