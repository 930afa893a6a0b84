import type { Step } from '../../domain/messages.ts';
import type { Recorder } from '../work/task-run/step-writer.ts';

/** Text of an answer goes on record ten times a second at most. */
const TEXT_EVERY_MS = 100;

export interface RunRecordOptions {
  readonly recorder: Recorder;
  readonly taskId: string;
  readonly run: { readonly id: string; readonly token: bigint };
  readonly signal: AbortSignal;
  /** Called once when the lease turns out to be lost, so that a model call under way ends too. */
  readonly onFenced: () => void;
}

interface Waiting {
  readonly steps: readonly Step[];
  readonly resolve: (isOnRecord: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The record of one run: its steps in order, one write under way at a time, text gathered while it comes. */
export class RunRecord {
  readonly #options: RunRecordOptions;
  #nextSeq = 1;
  #queue: Waiting[] = [];
  #isWriting = false;
  #isFenced = false;
  /** Why nothing more can be written: whether the last steps are on record is not known. */
  #broken: { readonly error: unknown } | undefined;
  #text = '';
  #textTimer: NodeJS.Timeout | undefined;

  constructor(options: RunRecordOptions) {
    this.#options = options;
  }

  /** Resolves true once the steps are on record, false when the lease is lost. Throws when they cannot be written. */
  add(steps: readonly Step[]): Promise<boolean> {
    if (this.#isFenced) return Promise.resolve(false);
    if (this.#broken) return Promise.reject(this.#broken.error);
    if (steps.length === 0) return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      this.#queue.push({ steps, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Takes a piece of an answer; it goes on record with what gathers within `TEXT_EVERY_MS`. */
  text(delta: string): void {
    this.#text += delta;
    this.#textTimer ??= setTimeout(() => {
      this.#textTimer = undefined;
      const text = this.#text;
      this.#text = '';
      // A watcher misses a piece if this fails; whoever adds the whole step is told.
      this.add([{ type: 'text', data: { text } }]).catch(() => undefined);
    }, TEXT_EVERY_MS);
  }

  /** Forgets the text not yet on record: the whole answer has come and says it, or none will. */
  dropText(): void {
    clearTimeout(this.#textTimer);
    this.#textTimer = undefined;
    this.#text = '';
  }

  async #write(): Promise<void> {
    const { recorder, taskId, run, signal, onFenced } = this.#options;
    this.#isWriting = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const events = batch.flatMap((waiting) => waiting.steps);
      try {
        if (this.#broken) throw this.#broken.error;
        const item = { runId: run.id, token: run.token, firstSeq: this.#nextSeq, events };
        const isHeld = !this.#isFenced && (await recorder.append(item, taskId, signal));
        if (isHeld) this.#nextSeq += events.length;
        else if (!this.#isFenced) {
          this.#isFenced = true;
          onFenced();
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
