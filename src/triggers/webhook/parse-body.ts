import { messageOf } from '../../core/errors.ts';
import { parseStrictJson } from '../../core/strict-json.ts';

export type ParsedBody =
  /** Null for a body that is not JSON, by its type and content. */
  { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly reason: string };

const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]+\+)?json$/;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const MOST_FIELDS = 1_000;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The body for conditions and templates, by its content type: strict JSON (no duplicate key, limited depth, no number
 * overflow, nothing after the value), a form (the field `payload` of GitHub and Slack is parsed as JSON), or null. A
 * body with an unknown type is parsed as JSON if it is JSON.
 */
export function parseBody(headers: Readonly<Record<string, string>>, rawBody: Buffer): ParsedBody {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (isBlank(rawBody)) return { ok: true, body: null };
  if (JSON_TYPE.test(type)) return parseJson(rawBody);
  if (type === FORM_TYPE) return parseForm(rawBody);
  return looksLikeJson(rawBody) ? parseJson(rawBody) : { ok: true, body: null };
}

function isBlank(rawBody: Buffer): boolean {
  return rawBody.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function looksLikeJson(rawBody: Buffer): boolean {
  try {
    JSON.parse(withoutMark(rawBody).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Some senders begin with a byte order mark, which has no meaning in UTF-8. */
function withoutMark(rawBody: Buffer): Buffer {
  return rawBody.subarray(0, 3).equals(BYTE_ORDER_MARK) ? rawBody.subarray(3) : rawBody;
}

function parseJson(rawBody: Buffer): ParsedBody {
  try {
    return { ok: true, body: parseStrictJson(withoutMark(rawBody)) };
  } catch (error) {
    return { ok: false, reason: `the body is not valid JSON: ${messageOf(error)}` };
  }
}

function parseForm(rawBody: Buffer): ParsedBody {
  const fields = new Map<string, string | string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(rawBody.toString('utf8'))) {
    count += 1;
    if (count > MOST_FIELDS)
      return { ok: false, reason: `the form has too many fields; at most ${MOST_FIELDS} are allowed` };
    if (name === '__proto__') return { ok: false, reason: 'the form field "__proto__" is not allowed' };
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : [before, value].flat());
  }
  const payload = fields.get('payload');
  if (typeof payload === 'string' && payload.trimStart().startsWith('{'))
    return parseJson(Buffer.from(payload));
  return { ok: true, body: Object.fromEntries(fields) };
}
