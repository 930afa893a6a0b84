import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Releasers } from '../../src/core/releasers.ts';

/** An endpoint that forwards all requests to another, and records their bodies. */
export interface Recorder {
  readonly baseUrl: string;
  readonly bodies: readonly string[];
}

export async function startRecorder(targetUrl: string, releasers: Releasers): Promise<Recorder> {
  const target = new URL(targetUrl);
  const bodies: string[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      bodies.push(body.toString('utf8'));
      const { url: path, method, headers } = incoming;
      const outgoing = send({ host: target.hostname, port: target.port, path, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releasers.push('the recorder', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}${target.pathname}`, bodies };
}
