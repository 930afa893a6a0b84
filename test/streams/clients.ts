import http from 'node:http';
import { WebSocket } from 'ws';

export interface Message {
  readonly id?: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent, whatever it is
  readonly payload?: any;
}

/** A bare `graphql-transport-ws` client: sees every frame, and can stop reading. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  /** False: frames are only shown to `onMessage`. */
  keepsMessages = true;
  onMessage: (message: Message) => void = () => undefined;
  closed: { code: number; reason: string } | undefined;
  #listeners = new Set<() => void>();

  constructor(port: number, options: { origin?: string } = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
      ...(options.origin && { origin: options.origin }),
    });
    this.socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      if (this.keepsMessages) this.messages.push(message);
      this.onMessage(message);
      this.#changed();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#changed();
    });
    this.socket.on('error', () => undefined);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Waits until something can be found; a test's time limit ends it. */
  until<T>(find: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined || found === false) return;
        this.#listeners.delete(look);
        resolve(found);
      };
      this.#listeners.add(look);
      look();
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async init(key = 'ada'): Promise<this> {
    await new Promise<void>((resolve) => {
      if (this.socket.readyState !== this.socket.CONNECTING) resolve();
      this.socket.once('open', () => resolve()).once('close', () => resolve());
    });
    this.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
    await this.until(() => this.messages.some(({ type }) => type === 'connection_ack') || this.closed);
    return this;
  }

  subscribe(id: string, query: string, variables?: Record<string, unknown>): void {
    this.send({ id, type: 'subscribe', payload: { query, ...(variables && { variables }) } });
  }

  of(id: string): Message[] {
    return this.messages.filter((message) => message.id === id);
  }

  close(): void {
    this.socket.terminate();
  }
}

/** A bare reader of server-sent events that can stop reading. */
export class TestEvents {
  readonly results: Message['payload'][] = [];
  /** False: results are only counted and shown to `onResult`. */
  keepsResults = true;
  count = 0;
  onResult: (result: Message['payload']) => void = () => undefined;
  isEnded = false;
  /** True once the server says that the stream is complete, rather than only breaking off. */
  isComplete = false;
  #response: http.IncomingMessage | undefined;
  #request: http.ClientRequest;

  constructor(port: number, query: string, variables: Record<string, unknown> = {}, key = 'ada') {
    this.#request = http.request({
      port,
      host: '127.0.0.1',
      path: '/graphql',
      method: 'POST',
      agent: false,
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${key}`,
      },
    });
    this.#request.on('error', () => {
      this.isEnded = true;
    });
    this.#request.on('response', (response) => {
      this.#response = response;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) this.#read(part);
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        this.isEnded = true;
      });
    });
    this.#request.end(JSON.stringify({ query, variables }));
  }

  #read(part: string): void {
    if (part.includes('event: complete')) this.isComplete = true;
    const data = /^data: (.+)$/m.exec(part)?.[1];
    if (!data) return;
    const result = JSON.parse(data);
    this.count += 1;
    if (this.keepsResults) this.results.push(result);
    this.onResult(result);
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  get isOpen(): boolean {
    return this.#response !== undefined;
  }

  close(): void {
    this.#request.destroy();
  }
}
