import { messageOf } from './errors.ts';

type Release = () => unknown | Promise<unknown>;

/**
 * A stack of release functions, one for each acquired resource. They run once, last in first out, also after a failed
 * start. Their errors are thrown as one `AggregateError` after all have run.
 */
export class Releasers implements AsyncDisposable {
  readonly #stack: { name: string; release: Release }[] = [];
  #released: Promise<void> | undefined;

  /** Registers `release`; its name appears in its error. */
  push(name: string, release: Release): void {
    this.#stack.push({ name, release });
  }

  /** Registers a disposable and returns it. */
  use<T extends AsyncDisposable>(name: string, resource: T): T {
    this.push(name, () => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Runs every release; a second call waits for the first. Throws `AggregateError` if some failed. */
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
    if (errors.length > 0) throw new AggregateError(errors, 'some resources could not be released');
  }
}

/** Runs `start`; if it throws, releases all its acquired resources before it rethrows the error. */
export async function withReleasers<T>(start: (releasers: Releasers) => Promise<T>): Promise<T> {
  const releasers = new Releasers();
  try {
    return await start(releasers);
  } catch (error) {
    await releasers.release().catch(() => undefined);
    throw error;
  }
}
