import type { z } from '@hono/zod-openapi';
import type { Caller } from '../../domain/permissions.ts';
import type { ProblemCode } from '../problems/codes.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** What an answer of one status looks like. */
export interface Gives {
  readonly description: string;
  /** Of the JSON; absent: the answer has no body, or is not JSON. */
  readonly schema?: z.ZodType;
  /** Further headers by name, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bodies besides JSON, by media type. */
  readonly also?: Readonly<Record<string, { readonly description: string; readonly example: string }>>;
}

/** One operation as it is promised: the same words make the OpenAPI document and check what comes in. */
export interface Contract<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Head extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** As OpenAPI spells it: `/api/v1/tasks/{id}`. */
  readonly path: string;
  /** Unique, camelCase. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** True: no API key is asked for. */
  readonly isOpen?: boolean;
  readonly params?: Params;
  readonly query?: Query;
  /** Request headers, lower-case. */
  readonly headers?: Head;
  readonly body?: Body;
  /** True: nothing at all may be sent, and means `{}`. */
  readonly isBodyOptional?: boolean;
  /** True: the body is whatever bytes come. The handler reads them. */
  readonly isBodyRaw?: boolean;
  readonly gives: Readonly<Record<number, Gives>>;
  /** Besides what every operation may refuse with. */
  readonly refuses?: readonly ProblemCode[];
  /** Media types of a good answer besides JSON. */
  readonly streams?: boolean;
}

/** A request that has passed every check that its contract names. */
export interface Call<Params, Query, Head, Body> {
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly headers: Head;
  readonly body: Body;
  readonly idempotencyKey: string | undefined;
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  /** The media type that was agreed on. */
  readonly accepted: string;
  /** One aborts when the client is gone or the server stops. */
  readonly signals: readonly AbortSignal[];
}

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Set: the answer carries an ETag and may be 304; `version` shows in it. */
  readonly etag?: { readonly version?: number };
  /** What a repetition under the same idempotency key shows in place of `json`: without a secret that is shown once. */
  readonly repeatedJson?: unknown;
  /** In place of JSON. */
  readonly stream?: { readonly type: string; readonly body: ReadableStream<Uint8Array> };
  readonly text?: { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> };
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where calls of every shape meet; `endpoint` types each
export type AnyCall = Call<any, any, any, any>;

export interface Endpoint {
  readonly contract: Contract;
  readonly handle: (call: AnyCall) => Promise<Reply>;
  /** Whether it takes an idempotency key, and who writes it: the request's guard, or the use-case with its result. */
  readonly keyedBy: 'request' | 'use-case' | undefined;
}

type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** Joins a contract with what answers it, typed by the contract's own schemas. */
export function endpoint<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Head extends z.ZodObject,
  Body extends z.ZodType,
>(
  contract: Contract<Params, Query, Head, Body>,
  handle: (call: Call<Out<Params>, Out<Query>, Out<Head>, Out<Body>>) => Promise<Reply>,
  keyedBy: 'request' | 'use-case' = 'request',
): Endpoint {
  const isKeyed = contract.method === 'post' && contract.path.startsWith('/api/');
  return { contract: contract as unknown as Contract, handle, keyedBy: isKeyed ? keyedBy : undefined };
}
