/** Calls `make` for 0 to `count` − 1, with `inFlight` calls at a time. */
export async function makeAll(
  count: number,
  inFlight: number,
  make: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  async function makeInSequence(): Promise<void> {
    while (next < count) {
      const index = next;
      next += 1;
      await make(index);
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, makeInSequence));
}

export interface Countdown {
  readonly done: Promise<void>;
  count(): void;
}

/** `done` resolves after `from` calls of `count`, and rejects if there was no call for `silenceMs`. */
export function countdown(from: number, silenceMs = 60_000): Countdown {
  let left = from;
  let finish: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${left} of ${from} are missing`)), silenceMs);
    finish = resolve;
  });
  done.catch(() => undefined);
  return {
    done,
    count: () => {
      left -= 1;
      timer?.refresh();
      if (left > 0) return;
      clearTimeout(timer);
      finish();
    },
  };
}
