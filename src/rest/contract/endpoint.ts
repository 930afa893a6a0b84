import type { z } from '@hono/zod-openapi';
import type { Caller } from '../../domain/permissions.ts';
import type { ProblemCode } from '../problems/codes.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** The response with one status. */
export interface Gives {
  readonly description: string;
  /** The JSON body. Absent: the response has no body, or one that is not JSON. */
  readonly schema?: z.ZodType;
  /** Further headers by name, with their descriptions. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bodies other than JSON, by media type. */
  readonly also?: Readonly<Record<string, { readonly description: string; readonly example: string }>>;
}

/** The contract of one operation: it defines the OpenAPI document and validates the requests. */
export interface Contract<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Head extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** As OpenAPI writes it: `/api/v1/tasks/{id}`. */
  readonly path: string;
  /** Unique, camelCase. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** True: no API key is required. */
  readonly isOpen?: boolean;
  readonly params?: Params;
  readonly query?: Query;
  /** Request headers, lower-case. */
  readonly headers?: Head;
  readonly body?: Body;
  /** True: the body may be missing, which means `{}`. */
  readonly isBodyOptional?: boolean;
  /** True: the body is any bytes, which the handler reads. */
  readonly isBodyRaw?: boolean;
  readonly gives: Readonly<Record<number, Gives>>;
  /** The error codes in addition to those of every operation. */
  readonly refuses?: readonly ProblemCode[];
}

/** A request that has passed every check of its contract. */
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
  /** The negotiated media type. */
  readonly accepted: string;
  /** One of them aborts when the client disconnects or the server stops. */
  readonly signals: readonly AbortSignal[];
}

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Set: the response has an ETag, which contains `version`, and can be 304. */
  readonly etag?: { readonly version?: number };
  /** The body for a repetition under the same idempotency key: without a secret that is shown only once. */
  readonly repeatedJson?: unknown;
  /** Instead of JSON. */
  readonly stream?: { readonly type: string; readonly body: ReadableStream<Uint8Array> };
  readonly text?: { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> };
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where calls of every shape meet; `endpoint` types each
export type AnyCall = Call<any, any, any, any>;

export interface Endpoint {
  readonly contract: Contract;
  readonly handle: (call: AnyCall) => Promise<Reply>;
  /** Whether it accepts an idempotency key, and what stores it: the guard of the request, or the use-case with its result. */
  readonly keyedBy: 'request' | 'use-case' | undefined;
}

type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A contract with its handler, which is typed by the schemas of the contract. */
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
