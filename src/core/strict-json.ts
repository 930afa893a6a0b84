/** The maximum depth of any input; the use-cases have tighter limits for what they store. */
const MAX_DEPTH = 100;

/** Why a text is not accepted as JSON, and where: line and column, and a JSON pointer to the enclosing value. */
export class JsonFault extends Error {
  readonly pointer: string;

  constructor(message: string, pointer: string, text: string, position: number) {
    const before = text.slice(0, position).split('\n');
    super(`${message} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`);
    this.name = 'JsonFault';
    this.pointer = pointer;
  }
}

/** The JSON pointer (RFC 6901) for a path of names and indexes; `''` is the whole document. */
export function pointerTo(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Parses JSON (RFC 8259) with the restrictions of I-JSON (RFC 7493): UTF-8 without a byte order mark, no duplicate
 * names in an object, no number that overflows, nothing after the value. `JSON.parse` silently takes the last of two
 * equal names, and 1e400 as Infinity. Throws `JsonFault`.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonFault('Invalid UTF-8 in the body', '', '', 0);
  }
  return new Reader(text).whole();
}

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const LITERALS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

class Reader {
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    if (this.#text.startsWith('\ufeff')) throw this.#fault('Unexpected byte order mark before the JSON');
    const value = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) throw this.#fault('Unexpected text after the JSON value');
    return value;
  }

  #fault(message: string, at = this.#at): JsonFault {
    return new JsonFault(message, pointerTo(this.#path), this.#text, at);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(): void {
    this.#match(WHITESPACE);
  }

  /** Consumes the character if it is next. */
  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #value(): unknown {
    this.#skip();
    if (this.#path.length > MAX_DEPTH) throw this.#tooDeep();
    const next = this.#text[this.#at];
    if (next === '{') return this.#object();
    if (next === '[') return this.#array();
    if (next === '"') return this.#string();
    const start = this.#at;
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      const value = Number(number);
      if (Number.isFinite(value)) return value;
      throw this.#fault(`Number ${number.slice(0, 40)} is too large`, start);
    }
    const literal = this.#match(LITERAL);
    if (literal !== undefined) return LITERALS[literal];
    throw this.#fault(
      next === undefined
        ? 'Unexpected end of the JSON'
        : `Unexpected ${JSON.stringify(next)}; expected a value`,
    );
  }

  #tooDeep(): JsonFault {
    // The pointer to it would be just as deep, so it is cut.
    const { length } = this.#path;
    this.#path.length = 0;
    return this.#fault(`JSON is nested deeper than ${length - 1} levels`);
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at += 1;
    this.#skip();
    if (this.#take('}')) return object;
    do {
      this.#skip();
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#fault('Expected a name in double quotes');
      const name = this.#string();
      this.#path.push(name);
      if (Object.hasOwn(object, name))
        throw this.#fault(`Duplicate key ${JSON.stringify(name.slice(0, 100).toWellFormed())}`, start);
      if (name === '__proto__') throw this.#fault('Key "__proto__" is not allowed', start);
      this.#skip();
      if (!this.#take(':')) throw this.#fault('Expected a colon after the name');
      object[name] = this.#value();
      this.#path.pop();
      this.#skip();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#fault('Expected a comma or the end of the object');
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#at += 1;
    this.#skip();
    if (this.#take(']')) return array;
    do {
      this.#path.push(array.length);
      array.push(this.#value());
      this.#path.pop();
      this.#skip();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#fault('Expected a comma or the end of the array');
    return array;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(end)) {
      if (end >= this.#text.length) throw this.#fault('Unterminated string', start);
      if (code < FIRST_PRINTABLE) throw this.#fault('Unescaped control character in a string', end);
      end += code === BACKSLASH ? 2 : 1;
    }
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw this.#fault('Invalid escape sequence in a string', start);
    }
  }
}
