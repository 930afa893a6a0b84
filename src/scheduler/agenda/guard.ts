import type { JobRepository } from 'agenda';

/** Concurrent reads for one job name; without it Agenda's timer adds one each second while the store hangs. */
const MAX_READS = 4;

export interface GuardedRepository {
  readonly repository: JobRepository;
  /** From now on no job is returned. */
  close(): void;
  /** Resolves when all operations that Agenda began have ended; Agenda itself waits for few of them. */
  idle(): Promise<void>;
}

/** A repository that can be closed and awaited; `onError` gets errors that Agenda does not report. */
export function guard(repository: JobRepository, onError: (error: unknown) => void): GuardedRepository {
  const underWay = new Set<Promise<unknown>>();
  const reads = new Map<string, number>();
  let closed = false;

  function track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return work;
  }

  const getNextJobToRun: JobRepository['getNextJobToRun'] = async (name, ...rest) => {
    const reading = reads.get(name) ?? 0;
    if (closed || reading >= MAX_READS) return undefined;
    reads.set(name, reading + 1);
    try {
      return await track(repository.getNextJobToRun(name, ...rest));
    } finally {
      reads.set(name, (reads.get(name) ?? 1) - 1);
    }
  };

  const guarded: JobRepository = Object.assign(Object.create(repository) as JobRepository, {
    getNextJobToRun,
    saveJobState: (...rest: Parameters<JobRepository['saveJobState']>) =>
      track(repository.saveJobState(...rest)),
    // A finished row that could not be removed: Agenda does not report it, and the row stays until the next sweep.
    removeJobs: (...rest: Parameters<JobRepository['removeJobs']>) =>
      track(repository.removeJobs(...rest)).catch((error: unknown) => {
        onError(error);
        return 0;
      }),
    // Agenda neither awaits nor catches this call, so a rejection would end the process. The lock expires by itself.
    unlockJob: (...rest: Parameters<JobRepository['unlockJob']>) =>
      track(repository.unlockJob(...rest)).catch(onError),
  });

  return {
    repository: guarded,
    close: () => {
      closed = true;
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
