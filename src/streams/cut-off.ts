import type { ServerResponse } from 'node:http';

/**
 * For an operation over HTTP: ends the connection of a reader that has not read the data written for it. A response
 * that is complete, or has no waiting data, is not ended.
 */
export function cutOffResponse(response: ServerResponse): (sinceMs: number) => void {
  return () => {
    if (!response.writableFinished && response.writableLength > 0) response.destroy();
  };
}
