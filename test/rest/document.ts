import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

// biome-ignore lint/suspicious/noExplicitAny: a document as it came, looked into from outside
export type Json = any;

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

/** The OpenAPI document as a client reads it: what it promises of each request and answer. */
export class OpenApi {
  readonly document: Json;
  readonly operations: readonly Operation[];
  readonly #ajv: InstanceType<typeof Ajv2020>;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: Json) {
    this.document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: false });
    (addFormats as unknown as (ajv: object) => void)(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: 'openapi' });
    this.operations = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    );
  }

  /** The operation that a request meets; undefined for an address or a method that is not promised. */
  find(method: string, pathname: string): Operation | undefined {
    const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
    const candidates = this.operations.filter((one) => one.method === wanted && matches(one.path, pathname));
    return candidates.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  }

  /** Whether the value is what the schema at a place of the document says; the fault otherwise. */
  faultOf(pointer: string, value: unknown): string | undefined {
    let validate = this.#validators.get(pointer);
    if (!validate) {
      validate = this.#ajv.compile({ $ref: `openapi#${pointer}` });
      this.#validators.set(pointer, validate);
    }
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  /** What is wrong with an answer, by the document; undefined when nothing is. */
  faultOfAnswer(
    request: { method: string; url: string },
    response: Response,
    body: string,
  ): string | undefined {
    const { pathname } = new URL(request.url);
    const found = this.find(request.method, pathname);
    if (!found) return undefined;
    const status = String(response.status);
    const promised = found.operation.responses[status];
    const where = `${found.method} ${found.path} ${status}`;
    if (!promised) return response.status === 405 ? undefined : `${where} is not promised`;
    if (request.method === 'HEAD') return undefined;
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (!promised.content)
      return body === '' || found.path.endsWith('openapi.json') ? undefined : `${where} has a body`;
    if (!promised.content[type]) return `${where} as ${type} is not promised`;
    if (!type.endsWith('json')) return undefined;
    const pointer = ['', 'paths', found.path, found.method, 'responses', status, 'content', type, 'schema']
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map((part) => encodeURIComponent(part))
      .join('/');
    const fault = this.faultOf(pointer, JSON.parse(body));
    return fault && `${where}: ${fault}: ${body.slice(0, 500)}`;
  }
}

function matches(path: string, pathname: string): boolean {
  const parts = path.split('/');
  const given = pathname.split('/');
  return (
    parts.length === given.length &&
    parts.every((part, index) => part.startsWith('{') || part === given[index])
  );
}
