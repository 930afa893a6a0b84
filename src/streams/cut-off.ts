import type { ServerResponse } from 'node:http';

/**
 * For an operation over HTTP: ends the connection of a reader that has not taken what was written for it. A response
 * that was sent whole, or that has nothing waiting, is left alone.
 */
export function cutOffResponse(response: ServerResponse): (sinceMs: number) => void {
  return () => {
    if (!response.writableFinished && response.writableLength > 0) response.destroy();
  };
}
