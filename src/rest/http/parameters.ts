import { z } from '@hono/zod-openapi';
import { isCleanText } from '../../core/clean-text.ts';
import { faultWords } from '../problems/fault-text.ts';
import { badParameters } from '../problems/problem.ts';

/** A repeated, unknown or invalid parameter. */
type ParameterFault = { parameter: string; message: string };

function innermost(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? innermost(schema.unwrap() as z.ZodType)
    : schema;
}

/** Converts the text to the type of the schema: lists can be repeated or separated by commas. */
function coerce(schema: z.ZodType, values: readonly string[]): unknown {
  const inner = innermost(schema);
  if (inner instanceof z.ZodArray) {
    return values.flatMap((value) => value.split(',')).map((value) => value.trim());
  }
  const [value = ''] = values;
  if (inner instanceof z.ZodNumber) return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (inner instanceof z.ZodBoolean) return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function isList(schema: z.ZodType): boolean {
  return innermost(schema) instanceof z.ZodArray;
}

/** Reads the query by its schema; no parameter is ignored. Throws `VALIDATION` with the name of each invalid parameter. */
export function readQuery<Schema extends z.ZodObject>(
  schema: Schema,
  query: URLSearchParams,
): z.output<Schema> {
  const shape = schema.shape as Record<string, z.ZodType>;
  const faults: ParameterFault[] = [];
  const found: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const wanted = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (!wanted) {
      const known = Object.keys(shape).join(', ') || 'none';
      faults.push({
        parameter: name.slice(0, 100).toWellFormed(),
        message: `unknown parameter; known parameters: ${known}`,
      });
    } else if (values.length > 1 && !isList(wanted))
      faults.push({ parameter: name, message: 'is given more than once' });
    else if (!values.every(isCleanText)) faults.push({ parameter: name, message: 'has control characters' });
    else found[name] = coerce(wanted, values);
  }
  return parsed(schema, found, faults);
}

function parsed<Schema extends z.ZodObject>(
  schema: Schema,
  found: Record<string, unknown>,
  faults: ParameterFault[] = [],
): z.output<Schema> {
  const result = schema.safeParse(found);
  if (result.success && faults.length === 0) return result.data;
  for (const issue of result.error?.issues ?? []) {
    const parameter = String(issue.path[0]);
    if (faults.some((fault) => fault.parameter === parameter)) continue;
    faults.push({ parameter, message: faultWords(issue) });
  }
  throw badParameters(faults);
}

/** The headers of the schema (in lower case). Throws `VALIDATION` with the name of each invalid header. */
export function readHeaders<Schema extends z.ZodObject>(schema: Schema, headers: Headers): z.output<Schema> {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = headers.get(name);
    if (value !== null) found[name] = value;
  }
  return parsed(schema, found);
}
