import { expect, test } from 'vitest';
import {
  MANAGE_TASKS_DESCRIPTION,
  MANAGE_TASKS_PARAMETERS,
  parseManageTasksArguments,
} from '../../../../src/agents/tools/manage-tasks/wire.ts';
import { fieldText } from '../../../../src/tasks/fields.ts';

test.each([
  [{}, 'action: must be one of create, list, get, update'],
  [{ action: 'create' }, 'title: '],
  [{ action: 'create', title: 'a', id: 'task_1' }, 'Unrecognized key: "id"'],
  [{ action: 'update', id: 'task_1' }, 'status: nothing to update'],
  [{ action: 'update', id: 'task_1', status: 'needs_input' }, 'question: required with status needs_input'],
  [{ action: 'update', id: 'task_1', status: 'failed' }, 'error: required with status failed'],
  [
    { action: 'update', id: 'task_1', status: 'completed', question: 'Really?' },
    'question: only allowed with status needs_input',
  ],
  [{ action: 'update', id: 'task_1', status: 'done' }, 'status: '],
])('%j is refused with what is wrong', (args, message) => {
  const parsed = parseManageTasksArguments(args);
  expect(parsed).toEqual({ ok: false, message: expect.stringContaining(message) });
});

test('the parameters are one flat object whose every property is described', () => {
  const schema = MANAGE_TASKS_PARAMETERS as {
    type: string;
    required: string[];
    properties: Record<string, { description?: string }>;
  };
  expect(schema.type).toBe('object');
  expect(schema.required).toEqual(['action']);
  for (const property of Object.values(schema.properties)) expect(property.description).toMatch(/\w/);
});

test('the wire format contains fields of tasks, and none that only a run has', () => {
  expect(MANAGE_TASKS_DESCRIPTION + JSON.stringify(MANAGE_TASKS_PARAMETERS)).not.toMatch(/\brun\b/i);
});

test("a field of a task is described to a model in the field's own words", () => {
  const { properties } = MANAGE_TASKS_PARAMETERS as { properties: Record<string, { description: string }> };
  for (const field of ['title', 'description', 'agent', 'priority'] as const) {
    expect(properties[field]?.description).toContain(fieldText(field));
  }
});
