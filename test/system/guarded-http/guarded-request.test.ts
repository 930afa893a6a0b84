import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { NOTHING_ALLOWED, parseOutgoingAllow } from '../../../src/guarded-http/allow.ts';
import {
  type GuardedRequest,
  guardedRequest,
  type Resolve,
} from '../../../src/guarded-http/guarded-request.ts';
import { checkOutboundUrl } from '../../../src/guarded-http/url.ts';
import { selfSignedCertificate } from '../../fixtures/certificate.ts';
import { startProcess } from '../../fixtures/child-process.ts';
import { startReceiver } from '../../fixtures/receiver.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const { allow: LOOPBACK } = parseOutgoingAllow('127.0.0.1, receiver.example');

function call(url: string, more: Partial<GuardedRequest> = {}) {
  return guardedRequest({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mine': 'yes' },
    body: '{"text":"Grüße"}',
    timeoutMs: 5_000,
    maxResponseBytes: 1_000,
    allow: LOOPBACK,
    ...more,
  });
}

const leadingTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const NASTY: readonly (readonly [url: string, reason: string])[] = [
  ['http://127.0.0.1/', 'address'],
  ['http://127.1/', 'address'],
  ['http://2130706433/', 'address'],
  ['http://0x7f.1/', 'address'],
  ['http://0x7f000001/', 'address'],
  ['http://017700000001/', 'address'],
  ['http://0177.0.0.1/', 'address'],
  ['http://127.0.0.1./', 'address'],
  ['http://%31%32%37.0.0.1/', 'address'],
  ['http://①②⑦.0.0.1/', 'address'],
  ['http://0/', 'address'],
  ['http://0.0.0.0:8080/', 'address'],
  ['https://10.0.0.7/', 'address'],
  ['https://172.31.255.255/', 'address'],
  ['https://192.168.0.1/', 'address'],
  ['http://169.254.169.254/latest/meta-data/', 'address'],
  ['http://2852039166/', 'address'],
  ['http://100.100.100.200/', 'address'],
  ['http://168.63.129.16/', 'address'],
  ['http://224.0.0.1/', 'address'],
  ['http://255.255.255.255/', 'address'],
  ['http://[::1]/', 'address'],
  ['http://[::]/', 'address'],
  ['http://[::ffff:127.0.0.1]/', 'address'],
  ['http://[::ffff:a9fe:a9fe]/', 'address'],
  ['http://[::127.0.0.1]/', 'address'],
  ['http://[64:ff9b::169.254.169.254]/', 'address'],
  ['http://[64:ff9b:1::1]/', 'address'],
  ['http://[2002:7f00:1::]/', 'address'],
  ['http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', 'address'],
  ['http://[fd00:ec2::254]/', 'address'],
  ['http://[fe80::1]/', 'address'],
  ['http://[ff02::1]/', 'address'],
  ['http://[fe80::1%25eth0]/', 'url'],
  ['http://localhost/', 'host'],
  ['http://LOCALHOST./', 'host'],
  ['http://api.localhost:3000/', 'host'],
  ['http://printer.local/', 'host'],
  ['http://metadata.google.internal/', 'host'],
  ['http://postgres:5432/', 'host'],
  ['https://user:secret@example.com/', 'credentials'],
  ['https://user@example.com/', 'credentials'],
  ['http://example.com:25/', 'port'],
  ['http://example.com:22/', 'port'],
  ['http://example.com:0/', 'port'],
  ['ftp://example.com/', 'scheme'],
  ['file:///etc/passwd', 'scheme'],
  ['gopher://example.com/', 'scheme'],
  ['javascript:alert(1)', 'scheme'],
  ['//example.com/', 'url'],
  ['example.com', 'url'],
  ['', 'url'],
  ['http://', 'url'],
  ['http://1.2.3.4.5/', 'url'],
  ['http://256.1.1.1/', 'url'],
  ['http://exa mple.com/', 'url'],
  ['http://example.com\t/', 'url'],
  ['http:\\\\example.com\\', 'url'],
  [`https://example.com/${'x'.repeat(2_000)}`, 'url'],
];

test.each(NASTY)('%s is refused at save and at every call, for its %s', async (url, reason) => {
  let saved: unknown;
  try {
    checkOutboundUrl(url, NOTHING_ALLOWED);
  } catch (error) {
    saved = error;
  }
  expect(saved).toBeInstanceOf(Refusal);
  expect(saved).toMatchObject({ code: 'VALIDATION', details: { issues: [{ path: ['url'] }] } });
  await expect(
    call(url, {
      allow: NOTHING_ALLOWED,
      resolve: () => {
        throw new Error('nothing is to be resolved');
      },
    }),
  ).rejects.toMatchObject({ name: 'OutboundRefused', reason });
});

test.each([
  ['https://example.com/hooks?a=b', 'https://example.com/hooks?a=b'],
  ['HTTPS://EXAMPLE.com:443', 'https://example.com/'],
  ['http://example.com:8080/x', 'http://example.com:8080/x'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ['http://8.8.8.8/', 'http://8.8.8.8/'],
  ['http://[2606:4700::1111]/', 'http://[2606:4700::1111]/'],
])('%s may be saved, as it will be called', (url, saved) => {
  expect(checkOutboundUrl(url, NOTHING_ALLOWED)).toBe(saved);
});

test('a request arrives complete, and its answer is returned', async () => {
  await using receiver = await startReceiver((_call, response) =>
    response.writeHead(201, { 'X-Answer': 'yes', 'Set-Cookie': ['a=1', 'b=2'] }).end('taken'),
  );
  const answer = await call(`${receiver.url}/hooks?x=1`);
  expect(answer).toMatchObject({ status: 201, headers: { 'x-answer': 'yes', 'set-cookie': 'a=1, b=2' } });
  expect(answer.body.toString()).toBe('taken');
  expect(receiver.received).toEqual([
    expect.objectContaining({ method: 'POST', url: '/hooks?x=1', body: '{"text":"Grüße"}' }),
  ]);
  expect(receiver.received[0]?.headers).toMatchObject({
    host: `127.0.0.1:${receiver.port}`,
    'x-mine': 'yes',
    'content-length': '18',
  });
});

test('a name that leads to a private address is refused without a connection', async () => {
  await using receiver = await startReceiver();
  const url = `http://innocent.example:${receiver.port}/`;
  for (const addresses of [
    ['127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700::1111', 'fe80::1%eth0'],
  ]) {
    await expect(
      call(url, { allow: NOTHING_ALLOWED, resolve: leadingTo(...addresses) }),
    ).rejects.toMatchObject({ name: 'OutboundRefused', reason: 'address' });
  }
  expect(receiver.connections()).toBe(0);
});

test('a name that leads elsewhere the second time is called where it led when it was checked', async () => {
  await using first = await startReceiver();
  let asked = 0;
  const rebinding: Resolve = async () => {
    asked += 1;
    return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
  };
  const { status } = await call(`http://rebinding.example:${first.port}/`, {
    resolve: rebinding,
  });
  expect(status).toBe(204);
  expect(asked).toBe(1);
  expect(first.received[0]?.headers.host).toBe(`rebinding.example:${first.port}`);
});

test('a name that is allowed may lead anywhere; another name to the same address may not', async () => {
  await using receiver = await startReceiver();
  const { allow } = parseOutgoingAllow(`receiver.example:${receiver.port}`);
  const resolve = leadingTo('127.0.0.1');
  expect((await call(`http://receiver.example:${receiver.port}/`, { allow, resolve })).status).toBe(204);
  await expect(call(`http://other.example:${receiver.port}/`, { allow, resolve })).rejects.toMatchObject({
    reason: 'address',
  });
});

test('a redirect is returned and not followed', async () => {
  await using target = await startReceiver();
  await using receiver = await startReceiver((_call, response) =>
    response.writeHead(307, { location: target.url }).end(),
  );
  expect(await call(receiver.url)).toMatchObject({ status: 307, headers: { location: target.url } });
  expect(target.connections()).toBe(0);
});

test('a proxy in the environment is not used', async () => {
  await using proxy = await startReceiver();
  await using receiver = await startReceiver();
  const before = process.env['HTTP_PROXY'];
  process.env['HTTP_PROXY'] = proxy.url;
  try {
    expect((await call(receiver.url)).status).toBe(204);
  } finally {
    if (before === undefined) delete process.env['HTTP_PROXY'];
    else process.env['HTTP_PROXY'] = before;
  }
  expect(proxy.connections()).toBe(0);
});

test('of an answer without an end, so much is read as was asked for', async () => {
  await using receiver = await startReceiver((_call, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536, 'x')));
      response.once('drain', more);
    };
    more();
  });
  const answer = await call(receiver.url);
  expect(answer.status).toBe(200);
  expect(answer.body.toString()).toBe('x'.repeat(1_000));
});

test.each([
  ['never', () => undefined],
  ['with a beginning that has no end', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Le')],
  [
    'drop by drop',
    (socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 20);
      socket.on('close', () => clearInterval(drip));
    },
  ],
])('a server that answers %s is left when the time is over', async (_how, answer) => {
  await using server = await rawServer(answer);
  await expect(call(server.url, { timeoutMs: 300 })).rejects.toMatchObject({
    name: 'OutboundFailed',
    reason: 'timeout',
  });
  await server.allClosed();
});

test('a name whose resolving hangs is left when the time is over', async () => {
  await expect(
    call('http://slow.example/', { timeoutMs: 200, resolve: () => new Promise(() => undefined) }),
  ).rejects.toMatchObject({ reason: 'timeout' });
});

test.each([
  ['ends the connection', 'connection', (socket: Socket) => socket.destroy()],
  ['speaks something else', 'protocol', (socket: Socket) => socket.end('220 mail.example ESMTP\r\n')],
  [
    'ends in the middle',
    'cut_off',
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'),
  ],
  [
    'has headers without end',
    'protocol',
    (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`),
  ],
  [
    'asks to switch protocols',
    'protocol',
    (socket: Socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
])('a server that %s is a failure: %s', async (_how, reason, answer) => {
  await using server = await rawServer(answer as (socket: Socket) => void);
  await expect(call(server.url)).rejects.toMatchObject({ name: 'OutboundFailed', reason });
  await server.allClosed();
});

test('an unknown name, and a port without a listener, are failures', async () => {
  const gone = await startReceiver();
  await gone[Symbol.asyncDispose]();
  await expect(call(gone.url)).rejects.toMatchObject({ reason: 'connection' });
  const unknown: Resolve = async () => {
    throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
  };
  await expect(call('http://unknown.example/', { resolve: unknown })).rejects.toMatchObject({
    reason: 'name',
    message: expect.stringContaining('ENOTFOUND'),
  });
  await expect(call('http://empty.example/', { resolve: leadingTo() })).rejects.toMatchObject({
    reason: 'name',
  });
});

test('a header that no request may have is a failure, and nothing is sent', async () => {
  await using receiver = await startReceiver();
  await expect(call(receiver.url, { headers: { 'x-evil': 'a\r\nb: c' } })).rejects.toMatchObject({
    reason: 'protocol',
  });
  expect(receiver.received).toEqual([]);
});

test('an aborted call ends at once', async () => {
  await using server = await rawServer(() => undefined);
  const stop = new AbortController();
  const calling = call(server.url, { signal: stop.signal });
  await server.connected();
  stop.abort();
  await expect(calling).rejects.toMatchObject({ name: 'OutboundFailed', reason: 'aborted' });
  await expect(call(server.url, { signal: stop.signal })).rejects.toMatchObject({ reason: 'aborted' });
  await server.allClosed();
});

test('an untrusted certificate is refused, whatever the environment variables are', async () => {
  await using receiver = await startReceiver(undefined, { tls: selfSignedCertificate() });
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    await expect(call(receiver.url)).rejects.toMatchObject({ name: 'OutboundFailed', reason: 'tls' });
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  }
  expect(receiver.received).toEqual([]);
});

test('a certificate that is vouched for is taken', async () => {
  const tls = selfSignedCertificate();
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'authority.pem');
  await writeFile(file, tls.cert);
  await using receiver = await startReceiver(undefined, { tls });
  const lineOf = async (url: string): Promise<string> => {
    await using child = startProcess(
      fileURLToPath(new URL('../../fixtures/call-once.ts', import.meta.url)),
      [url],
      {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
      },
    );
    return await child.line('');
  };
  expect(await lineOf(receiver.url)).toBe('answered 204');
  expect(await lineOf(`https://localhost:${receiver.port}/`)).toBe('answered 204');
});

/** Says whatever it likes as soon as it has been asked. */
async function rawServer(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const wakeUps = new Set<() => void>();
  const changed = (): Promise<void> => new Promise((resolve) => wakeUps.add(resolve));
  const wake = (): void => {
    for (const wakeUp of wakeUps) wakeUp();
    wakeUps.clear();
  };
  let seen = 0;
  const server = createServer((socket) => {
    seen += 1;
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(socket);
        wake();
      })
      .once('data', () => answer(socket))
      .resume();
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`,
    connected: async () => {
      while (seen === 0) await changed();
    },
    allClosed: async () => {
      while (sockets.size > 0) await changed();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
