import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Count, ToClients } from './messages.ts';

// Many subscribers in a separate process, so that their CPU time is not counted as the server's.
const NEXT = '"type":"next"';
const reached = new Set<number>();
let connected = 0;
let deliveries = 0;
let frame = '';
let awaited = Number.POSITIVE_INFINITY;

function answer(): void {
  const count: Count = { reached: reached.size, deliveries, frame };
  process.send?.(count);
}

function received(index: number, data: Buffer): void {
  if (!data.includes(NEXT)) throw new Error(`not an event: ${data.toString('utf8')}`);
  if (!reached.has(index)) reached.add(index);
  deliveries += 1;
  if (deliveries < awaited) return;
  awaited = Number.POSITIVE_INFINITY;
  frame = data.toString('utf8');
  answer();
}

async function connect({ url, key, query, sockets }: ToClients & { say: 'connect' }): Promise<void> {
  for (let left = sockets; left > 0; left -= 1) {
    const index = connected;
    connected += 1;
    const socket = new WebSocket(url, 'graphql-transport-ws');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('open', () => {
        const payload = { authorization: `Bearer ${key}` };
        socket.send(JSON.stringify({ type: 'connection_init', payload }));
      });
      socket.once('message', () => {
        socket.on('message', (data: Buffer) => received(index, data));
        socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query } }));
        resolve();
      });
      socket.once('close', (code, reason) => reject(new Error(`socket closed: ${code} ${String(reason)}`)));
    });
  }
  answer();
}

process.on('message', (message: ToClients) => {
  if (message.say === 'connect') void connect(message);
  else if (message.say === 'count' || deliveries >= message.deliveries) answer();
  else awaited = message.deliveries;
});
process.on('disconnect', () => process.exit(0));
