import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from '../../../src/server/text-frame.ts';

/** What a client of `ws` reads from these bytes, sent to it in pieces past the library of its server. */
async function read(bytes: Buffer, count: number, pieceLength = bytes.length): Promise<string[]> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', async (_socket, request) => {
    for (let offset = 0; offset < bytes.length; offset += pieceLength) {
      request.socket.write(bytes.subarray(offset, offset + pieceLength));
      await new Promise(setImmediate);
    }
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const messages: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('message', (data: Buffer, isBinary) => {
        if (isBinary) reject(new Error('a binary frame'));
        if (messages.push(data.toString('utf8')) === count) resolve();
      });
    });
  } finally {
    client.terminate();
    server.close();
  }
  return messages;
}

test.each([0, 1, 125, 126, 127, 0xffff, 0x1_0000, 300_000])(
  'a frame of %d bytes is read as it was meant',
  async (length) => {
    const text = 'x'.repeat(length);
    expect(await read(textFrame([Buffer.from(text)]), 1)).toEqual([text]);
  },
);

test('whatever the parts are, a client reads them one after the other, frame for frame', async () => {
  const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 4 });
  const frames = fc.array(parts, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(frames, fc.integer({ min: 1, max: 50 }), async (given, pieceLength) => {
      const bytes = Buffer.concat(given.map((texts) => textFrame(texts.map((text) => Buffer.from(text)))));
      expect(await read(bytes, given.length, pieceLength)).toEqual(given.map((texts) => texts.join('')));
    }),
    { numRuns: 50 },
  );
});
