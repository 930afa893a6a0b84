import { z } from '@hono/zod-openapi';

const agent = z
  .object({
    name: z.string(),
    model: z.string().nullable(),
    tools: z.array(z.string()),
    is_demo: z
      .boolean()
      .openapi({ description: 'True if it uses the built-in demo model, which follows fixed rules.' }),
  })
  .openapi('Agent', {
    example: { name: 'assistant', model: 'gpt-5-mini', tools: ['manage_tasks'], is_demo: false },
  });

export const agentList = z.object({ data: z.array(agent), next_cursor: z.null() }).openapi('AgentList');
