/** FIN and the opcode of text. */
const TEXT = 0x81;
/** Lengths from here on do not fit into the header's second byte: two bytes follow, or eight. */
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const MAX_TWO_BYTES = 0xffff;

/**
 * An unmasked WebSocket text frame (RFC 6455, 5.2) whose payload is `parts` one after the other. What many frames
 * share is encoded once, and each is one chunk to write, where `ws` encodes each text anew and writes its header apart.
 */
export function textFrame(parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const headerLength = length < TWO_BYTES ? 2 : length <= MAX_TWO_BYTES ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerLength + length);
  frame[0] = TEXT;
  if (headerLength === 2) {
    frame[1] = length;
  } else if (headerLength === 4) {
    frame[1] = TWO_BYTES;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = EIGHT_BYTES;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  let offset = headerLength;
  for (const part of parts) {
    part.copy(frame, offset);
    offset += part.length;
  }
  return frame;
}
