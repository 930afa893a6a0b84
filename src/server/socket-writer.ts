import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** With more unsent bytes the writer waits for the socket; results then wait in the bounded queues. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Writes to one socket: one system call for all writes of a tick, and backpressure when the socket is full. */
export class SocketWriter {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  #isCorked = false;
  #blockedSinceMs: number | undefined;
  #drained: Promise<void> | undefined;

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  /** Writes a text frame; returns a promise to await if the socket is full. Never throws; a closed socket drops it. */
  write(text: string): Promise<void> | undefined {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return undefined;
    this.#cork();
    this.#webSocket.send(text);
    return this.#untilThereIsRoom();
  }

  /**
   * The same for a prepared frame, which bypasses `ws`. This is safe because `ws` also writes only whole frames and
   * does not compress (no `permessage-deflate` is offered), so frames never mix.
   */
  writeFrame(frame: Buffer): Promise<void> | undefined {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return undefined;
    this.#cork();
    this.#socket.write(frame);
    return this.#untilThereIsRoom();
  }

  /** Ends the connection if data has been unsent since before `sinceMs` of the monotonic clock. */
  cutOff(sinceMs: number): void {
    if (this.#blockedSinceMs !== undefined && this.#blockedSinceMs <= sinceMs) this.#webSocket.terminate();
  }

  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }

  #untilThereIsRoom(): Promise<void> | undefined {
    return this.#webSocket.bufferedAmount > MAX_UNSENT_BYTES ? this.#whenDrained() : undefined;
  }

  #whenDrained(): Promise<void> {
    this.#blockedSinceMs ??= performance.now();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done);
        this.#blockedSinceMs = undefined;
        this.#drained = undefined;
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
    return this.#drained;
  }
}
