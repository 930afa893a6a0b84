import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * Calls `onContent` with the file's text after each change, undefined when it is missing; reads are sequential, so the
 * last call has the last content. Polls by path: editors and `mv` put another file in its place, and a mounted
 * folder may send no events, both of which a watch on the file itself misses.
 */
export function watchFileContent(
  path: string,
  pollMs: number,
  onContent: (content: string | undefined) => void,
  onError: (error: unknown) => void,
): AsyncDisposable {
  let isStopped = false;
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    try {
      const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (!isStopped) onContent(content);
    } catch (error) {
      if (!isStopped) onError(error);
    }
  };
  const look = (): void => {
    reading = reading.then(read);
  };
  watchFile(path, { interval: pollMs, persistent: false }, look);
  // The first poll only stores the file's state: a change between the first read and this poll would never be seen.
  look();
  return {
    async [Symbol.asyncDispose]() {
      isStopped = true;
      unwatchFile(path, look);
      await reading;
    },
  };
}
