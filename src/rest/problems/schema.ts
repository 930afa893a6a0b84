import { z } from '@hono/zod-openapi';
import { PROBLEMS, type ProblemCode } from './codes.ts';

const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

export const problem = z
  .object({
    type: z.string().openapi({
      description: 'The path of the page that explains the code; stable.',
      example: '/problems/validation',
    }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().openapi({ description: 'The path of the request.' }),
    code: z.enum(PROBLEM_CODES).openapi({ description: 'The error code, for programs; stable.' }),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().openapi({ description: 'A JSON pointer (RFC 6901) into the body.' }),
          parameter: z.string().optional().openapi({ description: 'A query parameter or a header.' }),
          message: z.string(),
        }),
      )
      .optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    allowed: z.array(z.string()).optional(),
    current_version: z.int().optional(),
    held_by: z.string().optional(),
    error_id: z.string().optional(),
  })
  .openapi('Problem', {
    description: 'A problem (RFC 9457).',
    example: {
      type: '/problems/validation',
      title: 'Invalid input',
      status: 422,
      detail: 'title: is missing',
      instance: '/api/v1/tasks',
      code: 'VALIDATION',
      request_id: '2f1c6f0e-5a6f-4b62-9d4a-0c1f7a1f1a55',
      errors: [{ pointer: '/title', message: 'is missing' }],
    },
  });
