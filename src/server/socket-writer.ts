import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Beyond this much unsent a socket is waited for; what waits further back lies in the bounded queues. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Writes to one socket: what is written within a tick leaves in one system call, and a full socket is waited for. */
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

  /** Writes a text frame. Gives a promise to wait for when the socket is full; never throws, a closed socket drops it. */
  write(text: string): Promise<void> | undefined {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return undefined;
    this.#cork();
    this.#webSocket.send(text);
    return this.#untilThereIsRoom();
  }

  /**
   * The same for a whole frame made beforehand. It goes past `ws`, which writes nothing but whole frames itself and
   * compresses none (no `permessage-deflate` is offered), so that neither cuts into the other's.
   */
  writeFrame(frame: Buffer): Promise<void> | undefined {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return undefined;
    this.#cork();
    this.#socket.write(frame);
    return this.#untilThereIsRoom();
  }

  /** Ends the connection at once when something has lain unsent since before `sinceMs` of the monotonic clock. */
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
