import { parseStrictJson } from '../../core/strict-json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { malformed, Problem } from '../problems/problem.ts';

export const MAX_BODY_BYTES = LIMITS.webhookBytes;
const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

export function tooLarge(): Problem {
  // The rest of the body is not read, so the connection cannot be used again.
  return new Problem('BODY_TOO_LARGE', `Body too large; send at most ${MAX_BODY_BYTES} bytes.`, {
    headers: { connection: 'close' },
  });
}

/** The body's bytes, with a Content-Length or in chunks. Throws `BODY_TOO_LARGE`, `MALFORMED_REQUEST`. */
async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const bytes = await readSome(request, MAX_BODY_BYTES);
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge();
  return bytes;
}

/** The body's bytes, up to the chunk that exceeds `maxBytes`. Throws `MALFORMED_REQUEST` for an incomplete body. */
export async function readSome(request: Request, maxBytes: number): Promise<Buffer> {
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  try {
    for (let read = await reader.read(); !read.done && length <= maxBytes; read = await reader.read()) {
      length += read.value.byteLength;
      chunks.push(read.value);
    }
  } catch {
    throw malformed('Incomplete body: the connection ended before all of it arrived.');
  } finally {
    reader.cancel().catch(() => undefined);
  }
  return Buffer.concat(chunks);
}

/** Throws `UNSUPPORTED_MEDIA_TYPE` for a body that is compressed. */
function mustBePlain(headers: Headers): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return;
  throw new Problem(
    'UNSUPPORTED_MEDIA_TYPE',
    `Unsupported Content-Encoding ${encoding.slice(0, 40)}; send the body uncompressed.`,
    {
      headers: { 'accept-encoding': 'identity' },
    },
  );
}

function mustBeJson(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '')
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((part) => /^charset=/i.test(part))?.slice('charset='.length);
  const isUtf8 = charset === undefined || /^"?utf-?8"?$/i.test(charset);
  if (JSON_TYPES.includes(type.toLowerCase()) && isUtf8) return;
  const given = type === '' ? 'no Content-Type' : `${type}${charset ? ` in ${charset}` : ''}`.slice(0, 100);
  throw new Problem(
    'UNSUPPORTED_MEDIA_TYPE',
    `Unsupported media type (${given}); use application/json in UTF-8.`,
    {
      headers: { accept: JSON_TYPES.join(', ') },
    },
  );
}

/** The body as strict JSON. Undefined: there is no body. Throws `JsonFault` and the errors of the functions above. */
export async function readJson(request: Request): Promise<unknown> {
  mustBePlain(request.headers);
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return undefined;
  mustBeJson(request.headers);
  return parseStrictJson(bytes);
}
