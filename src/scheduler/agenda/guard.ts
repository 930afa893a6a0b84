import type { JobRepository } from 'agenda';

/** Reads for one job name that may wait at once; Agenda's timer would add one each second while the store hangs. */
const MAX_READS = 4;

export interface GuardedRepository {
  readonly repository: JobRepository;
  /** From now on no job is handed out. */
  close(): void;
  /** Resolves when nothing that Agenda began is under way any more; Agenda itself waits for little of it. */
  idle(): Promise<void>;
}

/** A repository that can be closed and waited for; `onError` hears what Agenda would keep to itself. */
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
    // A finished row that could not be removed: Agenda reports nothing, and it would stay until the next sweep.
    removeJobs: (...rest: Parameters<JobRepository['removeJobs']>) =>
      track(repository.removeJobs(...rest)).catch((error: unknown) => {
        onError(error);
        return 0;
      }),
    // Agenda calls this one without waiting and without a catch: a rejection would end the process. The lock runs out by itself.
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
