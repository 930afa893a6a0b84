import { z } from '@hono/zod-openapi';
import { type Contract, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { PROBLEMS, type ProblemCode, problemType } from './codes.ts';
import { Problem } from './problem.ts';

const HTML = 'text/html';

const explanation = z.object({
  type: z.string(),
  code: z.string(),
  title: z.string(),
  status: z.int(),
  description: z.string(),
});

const readProblem = {
  method: 'get',
  path: '/problems/{name}',
  id: 'readProblem',
  tag: 'Problems',
  summary: 'What a problem means',
  isOpen: true,
  params: z.object({ name: z.string() }),
  gives: {
    200: {
      description: 'The meaning of the problem and what to do.',
      schema: explanation,
      also: { [HTML]: { description: 'The same as a page.', example: '<!doctype html>' } },
    },
  },
  refuses: ['NOT_FOUND'],
} as const satisfies Contract;

const EXPLAINED = new Map(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => {
    const { status, title, advice } = PROBLEMS[code];
    const type = problemType(code);
    return [type, { type, code, title, status, description: advice }] as const;
  }),
);

function page({ code, title, status, description }: z.output<typeof explanation>): Reply {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${code}: ${title}</title>
<h1>${title}</h1>
<p><code>${code}</code>, HTTP status ${status}</p>
<p>${description.replaceAll('<', '&lt;').replace(/`([^`]+)`/g, '<code>$1</code>')}</p>
</html>
`;
  return {
    status: 200,
    text: { type: `${HTML}; charset=utf-8`, body },
    headers: { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" },
  };
}

export function problemRoutes(): Endpoint[] {
  return [
    endpoint(readProblem, async ({ params, accepted }) => {
      const found = EXPLAINED.get(`/problems/${params.name}`);
      if (!found) throw new Problem('NOT_FOUND', 'Not found');
      return accepted === HTML ? page(found) : { status: 200, json: found };
    }),
  ];
}
