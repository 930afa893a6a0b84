import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { ToServer } from './messages.ts';
import { answerUsage } from './usage.ts';

// The cheapest possible broadcast: one JSON.stringify per event, one `send` per socket.
const server = createServer();
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  socket.on('message', (message) => {
    if (String(message).includes('connection_init')) socket.send('{"type":"connection_ack"}');
  });
});
answerUsage();
process.on('message', (message: ToServer) => {
  if (message.say !== 'fire') return;
  const frame: unknown = JSON.parse(message.frame);
  for (let event = 0; event < message.events; event += 1) {
    const text = JSON.stringify(frame);
    for (const socket of sockets.clients) socket.send(text);
  }
  process.send?.({ fired: message.events });
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
