import { expect } from 'vitest';
import { type TestApp, type TestAppOptions, testApp } from '../fixtures/app.ts';
import { type Json, OpenApi } from './document.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}

export interface SendOptions {
  readonly body?: unknown;
  /** Sent as it is, in place of JSON. */
  readonly raw?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: none at all. */
  readonly key?: string | null;
  readonly signal?: AbortSignal;
}

export interface RestApi extends AsyncDisposable {
  readonly app: TestApp;
  readonly openApi: OpenApi;
  /** Sends a request; every answer is checked against the document. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** The secret of a new key. */
  keyOf(role: 'VIEWER' | 'AGENT' | 'MEMBER' | 'ADMIN', more?: string): Promise<string>;
  createTask(fields?: Record<string, unknown>): Promise<Json>;
}

/** The whole application, spoken to over HTTP; it works on nothing unless it is told to, and limits nothing. */
export async function restApi(options: TestAppOptions = {}): Promise<RestApi> {
  const app = await testApp({
    work: false,
    ...options,
    environment: { ERRAND_RATE_LIMIT_PER_MINUTE: '0', ...options.environment },
  });
  const openApi = new OpenApi(await (await fetch(`${app.url}/api/v1/openapi.json`)).json());

  async function send(method: string, path: string, more: SendOptions = {}): Promise<Answer> {
    const { body, raw, headers = {}, key = app.key, signal } = more;
    const isJson = body !== undefined;
    const url = app.url + path;
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(isJson
        ? { body: callingNobody(JSON.stringify(body)) }
        : raw !== undefined
          ? { body: raw, duplex: 'half' }
          : {}),
      ...(signal && { signal }),
    } as RequestInit);
    const text = await response.text();
    expect(openApi.faultOfAnswer({ method, url }, response, text)).toBeUndefined();
    expect(response.headers.get('x-request-id')).toMatch(/./);
    if (response.status >= 400 && method !== 'HEAD') expectProblem(response, text, new URL(url).pathname);
    const isParsed = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isParsed ? JSON.parse(text) : undefined,
    };
  }

  return {
    app,
    openApi,
    send,
    keyOf: async (role, more = '') => {
      const { data } = await app.ask<Json>(
        `mutation { createApiKey(input: { name: "${role}", role: ${role} ${more} }) { ... on CreateApiKeyPayload { secret } ... on Error { message } } }`,
      );
      return data.createApiKey.secret;
    },
    createTask: async (fields = {}) => {
      const { status, body } = await send('POST', '/api/v1/tasks', { body: { title: 'A task', ...fields } });
      expect(status, JSON.stringify(body)).toBe(201);
      return body;
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** The app would call what the document's examples name; a name under `.invalid` is nobody's (RFC 2606). */
function callingNobody(body: string): string {
  return body.replaceAll('//example.com', '//example.invalid');
}

/** What RFC 9457 and our own words ask of every refusal. */
function expectProblem(response: Response, text: string, pathname: string): void {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const problem = JSON.parse(text);
  expect(problem).toMatchObject({
    type: `/problems/${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.any(String),
    status: response.status,
    detail: expect.stringMatching(/./),
    instance: pathname,
    request_id: response.headers.get('x-request-id'),
  });
}

/** Reads server-sent events as they come. */
export class EventReader implements AsyncDisposable {
  readonly #cut = new AbortController();
  readonly messages: { id: string | undefined; event: string | undefined; data: Json }[] = [];
  readonly response: Promise<Response>;
  /** Resolves when the stream is over, whoever ended it. */
  readonly ended: Promise<void>;
  lastEventId: string | undefined;
  comments = 0;

  constructor(url: string, headers: Record<string, string>) {
    this.response = fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: this.#cut.signal,
    });
    this.ended = this.#read().catch(() => undefined);
  }

  /** The types of the events so far. */
  get types(): string[] {
    return this.messages.filter(({ event }) => event === undefined).map(({ data }) => data.type);
  }

  async #read(): Promise<void> {
    const { body } = await this.response;
    let rest = '';
    if (!body) return;
    for await (const chunk of body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    if (data === undefined) this.comments += 1;
    else this.messages.push({ id: fields.get('id'), event: fields.get('event'), data: JSON.parse(data) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cut.abort();
    await this.ended;
  }
}
