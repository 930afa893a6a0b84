import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Receiver } from 'ws';
import { textFrame } from '../../src/server/text-frame.ts';

/** What the library that clients use reads from these bytes, which come in pieces of `pieceLength`. */
async function read(bytes: Buffer, pieceLength = bytes.length): Promise<string[]> {
  const receiver = new Receiver({ isServer: false });
  const messages: string[] = [];
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    expect(isBinary).toBe(false);
    messages.push(data.toString('utf8'));
  });
  const failed = new Promise<never>((_, reject) => receiver.on('error', reject));
  const ended = new Promise<void>((resolve) => receiver.on('finish', resolve));
  for (let offset = 0; offset < bytes.length; offset += pieceLength) {
    receiver.write(bytes.subarray(offset, offset + pieceLength));
  }
  receiver.end();
  await Promise.race([ended, failed]);
  return messages;
}

test.each([0, 1, 125, 126, 127, 0xffff, 0x1_0000, 300_000])(
  'a frame of %d bytes is read as it was meant',
  async (length) => {
    const text = 'x'.repeat(length);
    expect(await read(textFrame([Buffer.from(text)]))).toEqual([text]);
  },
);

test('whatever the parts are, a client reads them one after the other, frame for frame', async () => {
  const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(parts, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      async (frames, piece) => {
        const bytes = Buffer.concat(frames.map((texts) => textFrame(texts.map((text) => Buffer.from(text)))));
        expect(await read(bytes, piece)).toEqual(frames.map((texts) => texts.join('')));
      },
    ),
  );
});
