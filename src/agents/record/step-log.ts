import type { Step } from '../../domain/messages.ts';

/** The text of an answer is stored at most ten times a second. */
const TEXT_EVERY_MS = 100;

export interface StepLogOptions {
  /** Stores steps under the lease; gives false when it is lost. `firstSeq` continues from the last step stored. */
  readonly append: (firstSeq: number, steps: readonly Step[]) => Promise<boolean>;
  /** Called once when the lease turns out to be lost, so that a model call under way ends too. */
  readonly onLeaseLost: () => void;
}

interface Waiting {
  readonly steps: readonly Step[];
  readonly resolve: (isStored: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The steps of one attempt at a unit of work: in order, one write under way at a time, text gathered while it comes. */
export class StepLog {
  readonly #options: StepLogOptions;
  #nextSeq = 1;
  #queue: Waiting[] = [];
  #isWriting = false;
  #isLeaseLost = false;
  /** Why nothing more can be written: whether the last steps were stored is not known. */
  #broken: { readonly error: unknown } | undefined;
  #text = '';
  #textTimer: NodeJS.Timeout | undefined;

  constructor(options: StepLogOptions) {
    this.#options = options;
  }

  /** Resolves true once the steps are stored, false when the lease is lost. Throws when they cannot be written. */
  add(steps: readonly Step[]): Promise<boolean> {
    if (this.#isLeaseLost) return Promise.resolve(false);
    if (this.#broken) return Promise.reject(this.#broken.error);
    if (steps.length === 0) return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      this.#queue.push({ steps, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Takes a piece of an answer; it is stored with what gathers within `TEXT_EVERY_MS`. */
  text(delta: string): void {
    this.#text += delta;
    this.#textTimer ??= setTimeout(() => {
      this.#textTimer = undefined;
      const text = this.#text;
      this.#text = '';
      // A subscriber misses a piece if this fails; the caller that adds the whole step gets the error.
      this.add([{ type: 'text', data: { text } }]).catch(() => undefined);
    }, TEXT_EVERY_MS);
  }

  /** Drops the text that is not stored yet: the whole answer has come and contains it, or none will come. */
  dropText(): void {
    clearTimeout(this.#textTimer);
    this.#textTimer = undefined;
    this.#text = '';
  }

  async #write(): Promise<void> {
    const { append, onLeaseLost } = this.#options;
    this.#isWriting = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const steps = batch.flatMap((waiting) => waiting.steps);
      try {
        if (this.#broken) throw this.#broken.error;
        const isHeld = !this.#isLeaseLost && (await append(this.#nextSeq, steps));
        if (isHeld) this.#nextSeq += steps.length;
        else if (!this.#isLeaseLost) {
          this.#isLeaseLost = true;
          onLeaseLost();
        }
        for (const waiting of batch) waiting.resolve(isHeld);
      } catch (error) {
        this.#broken ??= { error };
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.#isWriting = false;
  }
}
