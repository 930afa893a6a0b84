import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FileRequest, StaticFiles } from '../../../src/pages/static-files.ts';

const TEXT = 'body { margin: 0 }\n'.repeat(1_000);
const CSS = 'text/css; charset=utf-8';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'errand-pages-'));
  await writeFile(join(folder, 'page.css'), TEXT);
  await writeFile(join(folder, 'short.css'), 'a');
});
afterAll(() => rm(folder, { recursive: true }));

function files(): StaticFiles {
  const of = (name: string) => ({ path: join(folder, name), type: CSS });
  return new StaticFiles({ 'page.css': of('page.css'), 'short.css': of('short.css') });
}
const ask = (request: Partial<FileRequest>): FileRequest => ({
  version: null,
  acceptEncoding: null,
  ifNoneMatch: null,
  ...request,
});

test('only the named files are served', async () => {
  const own = files();
  for (const name of ['', 'other.css', '../page.css', '/page.css', 'constructor', '__proto__'])
    expect(await own.answer(name, ask({})), name).toBeUndefined();
  await expect(own.version('other.css')).rejects.toThrow('Not found: file other.css');
});

test('with its version a file is immutable, with any other it is revalidated', async () => {
  const own = files();
  const version = await own.version('page.css');
  const kept = await own.answer('page.css', ask({ version }));
  expect(kept?.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  for (const other of [null, '', 'x', `${version}x`]) {
    const asked = await own.answer('page.css', ask({ version: other }));
    expect(asked?.headers['cache-control']).toBe('no-cache');
  }
});

describe('a client that has the file', () => {
  test('gets 304 by its ETag, whatever the encoding was', async () => {
    const own = files();
    const first = await own.answer('page.css', ask({}));
    const tag = first?.headers['etag'] ?? '';
    for (const ifNoneMatch of [tag, `W/${tag}`, `"x", ${tag}`, '*', tag.replace(/"$/, '-br"')]) {
      const again = await own.answer('page.css', ask({ ifNoneMatch }));
      expect([again?.status, again?.body], ifNoneMatch).toEqual([304, null]);
    }
  });

  test('of another content gets the file', async () => {
    const answer = await files().answer('page.css', ask({ ifNoneMatch: '"x"' }));
    expect(answer?.status).toBe(200);
  });
});

describe('compression', () => {
  async function compressed(acceptEncoding: string) {
    const own = files();
    await expect
      .poll(async () => (await own.answer('page.css', ask({ acceptEncoding })))?.headers['content-encoding'])
      .toBeDefined();
    return own.answer('page.css', ask({ acceptEncoding }));
  }

  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['*', 'br'],
  ])('for %j is %s', async (accepted, encoding) => {
    const answer = await compressed(accepted);
    expect(answer?.headers['content-encoding']).toBe(encoding);
    expect(answer?.headers['vary']).toBe('accept-encoding');
    expect(answer?.headers['etag']).toMatch(new RegExp(`-${encoding}"$`));
    const body = answer?.body ?? new Uint8Array();
    expect(answer?.headers['content-length']).toBe(String(body.length));
    expect((encoding === 'br' ? brotliDecompressSync : gunzipSync)(body).toString()).toBe(TEXT);
  });

  test('no request waits for it: the first answer is the uncompressed file', async () => {
    const answer = await files().answer('page.css', ask({ acceptEncoding: 'br' }));
    expect(answer?.headers['content-encoding']).toBeUndefined();
    expect(Buffer.from(answer?.body ?? []).toString()).toBe(TEXT);
  });

  test.each([null, '', 'identity', 'br;q=0', '*;q=0'])('is left out for %j', async (acceptEncoding) => {
    const own = files();
    await own.answer('page.css', ask({ acceptEncoding: 'br, gzip' }));
    const answer = await own.answer('page.css', ask({ acceptEncoding }));
    expect(answer?.headers['content-encoding']).toBeUndefined();
    expect(Buffer.from(answer?.body ?? []).toString()).toBe(TEXT);
  });
});
