import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SocketWriter } from '../../../src/server/socket-writer.ts';
import { textFrame } from '../../../src/server/text-frame.ts';

/**
 * What frames written past `ws` rely on: it writes whole frames only, in the order of the calls, compresses none, and
 * its pings, pongs and its close lie between ours. A version of `ws` for which this no longer holds fails here.
 */
let server: WebSocketServer;
let client: WebSocket;
let writer: SocketWriter;
let webSocket: WebSocket;
let socket: Socket;

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const connected = once(server, 'connection');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const opened = once(client, 'open');
  const [accepted, request] = await connected;
  await opened;
  webSocket = accepted;
  socket = request.socket;
  writer = new SocketWriter(webSocket, socket);
});
afterEach(() => {
  client.terminate();
  server.close();
});

const frame = (text: string): Buffer => textFrame([Buffer.from(text)]);

test('texts of ws, frames of ours, pings and the close arrive whole and in the order of the calls', async () => {
  const received: string[] = [];
  client.on('message', (data) => received.push(data.toString()));
  client.on('ping', (data) => received.push(`ping ${data.toString()}`));
  const sent: string[] = [];
  for (let index = 0; index < 200; index += 1) {
    const text = `${index} ${'x'.repeat(index * 37)}`;
    sent.push(text);
    if (index % 2 === 0) writer.write(text);
    else writer.writeFrame(frame(text));
    if (index % 10 === 0) {
      webSocket.ping(String(index));
      sent.push(`ping ${index}`);
    }
    if (index % 7 === 0) await new Promise(setImmediate);
  }
  webSocket.close(1000, 'done');
  const [code, reason] = await once(client, 'close');
  expect([code, reason.toString()]).toEqual([1000, 'done']);
  expect(received).toEqual(sent);
});

test('a full socket is waited for, and what waits in it counts as unsent in ws, too', async () => {
  client.pause();
  let full: Promise<void> | undefined;
  for (let index = 0; index < 10_000 && !full; index += 1)
    full = writer.writeFrame(frame('x'.repeat(10_000)));
  expect(full).toBeInstanceOf(Promise);
  expect(webSocket.bufferedAmount).toBeGreaterThan(64 * 1024);
  client.resume();
  await full;
  expect(socket.writableLength).toBe(0);
});

test('a closed socket drops what is written', async () => {
  client.terminate();
  await once(webSocket, 'close');
  expect(writer.writeFrame(frame('late'))).toBeUndefined();
  expect(writer.write('late')).toBeUndefined();
});
