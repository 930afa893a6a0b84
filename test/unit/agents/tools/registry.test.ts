import { expect, test } from 'vitest';
import { builtInAgent } from '../../../../src/agents/config/definition.ts';
import { createTools, TOOL_NAMES } from '../../../../src/agents/tools/registry.ts';
import type { TaskContext } from '../../../../src/tasks/context.ts';

test('every tool is registered under its own name', () => {
  const tools = createTools({ tasks: {} as TaskContext });
  expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
});

test('the built-in agent has only tools that exist', () => {
  expect(TOOL_NAMES).toEqual(expect.arrayContaining([...builtInAgent('demo').tools]));
});
