import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { parseAccept } from 'hono/utils/accept';

export interface StaticFile {
  /** The path on the disk. */
  readonly path: string;
  readonly type: string;
}

/** The parts of a request that decide the form of the answer. */
export interface FileRequest {
  /** The version in the address. */
  readonly version: string | null;
  readonly acceptEncoding: string | null;
  readonly ifNoneMatch: string | null;
}

export interface FileAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

type Encoding = 'br' | 'gzip';

/** Smallest first. Brotli level 5 takes 1.8 s for 5 MB; level 9 takes 8.5 s, too long for a waiting browser. */
const COMPRESS: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 6 }),
};
const ENCODINGS = Object.keys(COMPRESS) as Encoding[];
/** Shorter files gain nothing from compression. */
const MIN_COMPRESSED_BYTES = 1_400;

/**
 * The files of pages, each under a name; no other file is served. An address with the file's version (a hash of its
 * content) is immutable and can be cached for ever; without the version, browsers revalidate by ETag.
 *
 * Not `sirv` or hono's `serveStatic`: these only serve compressed files that exist on the disk, and the packages with
 * these files have none. A file is compressed once, from the first request that accepts the encoding. Until that is
 * done it is sent uncompressed, so that no request waits.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;
  readonly #versions = new Map<string, Promise<string>>();
  readonly #compressed = new Map<string, Buffer | undefined>();

  constructor(files: Readonly<Record<string, StaticFile>>) {
    this.#files = new Map(Object.entries(files));
  }

  names(): string[] {
    return [...this.#files.keys()];
  }

  /** A short hash of the file's content. Throws for an unknown name. */
  async version(name: string): Promise<string> {
    const file = this.#files.get(name);
    if (!file) throw new Error(`Not found: file ${name}`);
    let version = this.#versions.get(name);
    if (!version) {
      version = readFile(file.path).then(hash);
      this.#versions.set(name, version);
      version.catch(() => this.#versions.delete(name));
    }
    return version;
  }

  /** Undefined for an unknown name. */
  async answer(name: string, request: FileRequest): Promise<FileAnswer | undefined> {
    const file = this.#files.get(name);
    if (!file) return undefined;
    const version = await this.version(name);
    const encoding = encodingFor(request.acceptEncoding);
    const compressed = encoding && this.#compressedNow(name, file, encoding);
    const etag = compressed ? `"${version}-${encoding}"` : `"${version}"`;
    const headers = {
      'cache-control': request.version === version ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag,
      vary: 'accept-encoding',
    };
    if (namesTag(request.ifNoneMatch, version)) return { status: 304, headers, body: null };
    const body = compressed ?? (await readFile(file.path));
    return {
      status: 200,
      headers: {
        ...headers,
        'content-type': file.type,
        'content-length': String(body.length),
        ...(compressed && encoding ? { 'content-encoding': encoding } : {}),
      },
      body: new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length),
    };
  }

  /** Undefined during the compression, and for a file that is too short. */
  #compressedNow(name: string, file: StaticFile, encoding: Encoding): Buffer | undefined {
    const key = `${encoding} ${name}`;
    if (!this.#compressed.has(key)) {
      this.#compressed.set(key, undefined);
      this.#compress(key, file, encoding).catch(() => this.#compressed.delete(key));
    }
    return this.#compressed.get(key);
  }

  async #compress(key: string, file: StaticFile, encoding: Encoding): Promise<void> {
    const bytes = await readFile(file.path);
    if (bytes.length >= MIN_COMPRESSED_BYTES) this.#compressed.set(key, await COMPRESS[encoding](bytes));
  }
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}

/** The smallest encoding that the client accepts; undefined for the uncompressed file. */
function encodingFor(acceptEncoding: string | null): Encoding | undefined {
  if (acceptEncoding === null) return undefined;
  const accepted = parseAccept(acceptEncoding);
  const qualityOf = (name: string): number =>
    (accepted.find(({ type }) => type === name) ?? accepted.find(({ type }) => type === '*'))?.q ?? 0;
  return ENCODINGS.find((encoding) => qualityOf(encoding) > 0);
}

/** A client with this version in any encoding has the file. */
function namesTag(ifNoneMatch: string | null, version: string): boolean {
  const tags = ifNoneMatch?.match(/"[^"]*"|\*/g) ?? [];
  return tags.some((tag) => tag === '*' || tag === `"${version}"` || tag.startsWith(`"${version}-`));
}
