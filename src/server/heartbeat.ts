import type { WebSocket } from 'ws';

const PING_MS = 12_000;

/** Pings every socket and drops those that did not answer the previous ping. Returns the way to stop. */
export function startHeartbeat(sockets: ReadonlySet<WebSocket>, pingMs = PING_MS): () => void {
  const asked = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of sockets) {
      if (asked.has(socket)) {
        socket.terminate();
        continue;
      }
      asked.add(socket);
      socket.once('pong', () => asked.delete(socket));
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }, pingMs);
  timer.unref();
  return () => clearInterval(timer);
}
