import { z } from '@hono/zod-openapi';
import { pointerTo } from '../../core/strict-json.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { Guard } from '../environment.ts';
import { faultWords } from '../problems/fault-text.ts';
import { type Fault, Problem } from '../problems/problem.ts';
import { readJson } from './body.ts';
import { readHeaders, readQuery } from './parameters.ts';

const NOTHING = z.object({});

/** Reads and validates all parts of the contract: 413, 415 or 400 for an unreadable request, 422 for an invalid one. */
export function reading({ contract }: Endpoint): Guard {
  const { params, query = NOTHING, headers, body, isBodyOptional, isBodyRaw } = contract;
  return async (context, next) => {
    const { url, headers: head } = context.req.raw;
    if (params) {
      const found = params.safeParse(context.req.param());
      // An id of the wrong form is like one that does not exist.
      if (!found.success) throw new Problem('NOT_FOUND', 'Not found');
      context.set('params', found.data);
    }
    if (!isBodyRaw) context.set('query', readQuery(query, new URL(url).searchParams));
    if (headers) context.set('headers', readHeaders(headers, head));
    if (body && !isBodyRaw) {
      const given = await readJson(context.req.raw);
      if (given === undefined && !isBodyOptional) {
        throw new Problem('MALFORMED_REQUEST', 'Missing body; send JSON as application/json.', {
          faults: [{ pointer: '', message: 'is missing' }],
        });
      }
      context.set('body', readBody(body, given === undefined ? {} : given));
    }
    await next();
  };
}

function readBody(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(faultsOf);
  const detail = faults
    .map(({ pointer, message }) => `${pointer?.slice(1) || 'body'}: ${message}`)
    .join('; ');
  throw new Problem('VALIDATION', detail.slice(0, 2_000), { faults });
}

const MAX_NAME_CHARACTERS = 100;

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, 20).map((key) => ({
      pointer: pointerTo([...path, key.slice(0, MAX_NAME_CHARACTERS).toWellFormed()]),
      message: 'unknown field',
    }));
  }
  return [{ pointer: pointerTo(path), message: faultWords(issue) }];
}
