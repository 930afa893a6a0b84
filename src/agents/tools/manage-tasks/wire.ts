import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.ts';
import { TASK_STATUSES } from '../../../domain/status.ts';
import { fieldText } from '../../../tasks/fields.ts';

/** The wire form of the tool: its name, its description, its arguments. It does not know who calls it, or from where. */
export const MANAGE_TASKS = 'manage_tasks';

export const MANAGE_TASKS_DESCRIPTION = `Creates, lists, reads and updates tasks.
create {title, …}: adds a task. With agent, that agent does it in the background; without, the task is only tracked. If you work on a task, the new task becomes its subtask.
list {status}: the tasks of one status, or all open tasks. get {id}: all fields of one task.
update {id, status, …}: changes fields, or moves the task to another status. The answer lists the possible next statuses in allowed_next.
If you work on a task, then completed (with result), failed (with error) or needs_input (with question) on that task ends your work on it. The person's answer comes back as the result of the call that asked.`;

/** The meaning of each argument, for the JSON Schema and for the parser. */
const FIELDS = {
  id: z.string().describe('The id of the task, such as task_01jd….'),
  title: z.string().describe(fieldText('title')),
  description: z.string().describe(fieldText('description')),
  agent: z.string().describe(`${fieldText('agent')} Omit it to only track the task.`),
  priority: z
    .int()
    .min(LIMITS.minPriority)
    .max(LIMITS.maxPriority)
    .describe(`${fieldText('priority')} Default: 0.`),
  status: z
    .enum(TASK_STATUSES)
    .describe(
      'list: only tasks with this status; omit it for all open tasks. update: the new status: in_progress, completed, failed, needs_input or cancelled.',
    ),
  result: z.unknown().describe('The result; only with status completed.'),
  question: z.string().describe('The question for a person; required with status needs_input.'),
  error: z.string().describe('Why the task failed; required with status failed.'),
};

const parent = z.string().describe('The id of the task that it is part of. Default: the task you work on.');

const ACTIONS = ['create', 'list', 'get', 'update'] as const;

const { id, title, description, agent, priority, status, result, question, error } = FIELDS;

const update = z
  .strictObject({
    action: z.literal('update'),
    id,
    title: title.optional(),
    description: description.optional(),
    agent: agent.optional(),
    priority: priority.optional(),
    status: status.exclude(['pending']).optional(),
    result: result.optional(),
    question: question.optional(),
    error: error.optional(),
  })
  .superRefine((args, check) => {
    const issue = (path: string, message: string): void =>
      check.addIssue({ code: 'custom', path: [path], message });
    const belongsTo = { result: 'completed', question: 'needs_input', error: 'failed' } as const;
    for (const [field, wanted] of Object.entries(belongsTo)) {
      const isGiven = args[field as keyof typeof belongsTo] !== undefined;
      if (isGiven && args.status !== wanted) issue(field, `only allowed with status ${wanted}`);
    }
    if (args.status === 'needs_input' && args.question === undefined)
      issue('question', 'required with status needs_input');
    if (args.status === 'failed' && args.error === undefined) issue('error', 'required with status failed');
    if (Object.keys(args).length === 2) issue('status', 'nothing to update; give a status or another field');
  });

const ARGUMENTS = {
  create: z.strictObject({
    action: z.literal('create'),
    title,
    description: description.optional(),
    agent: agent.optional(),
    priority: priority.optional(),
    parent: parent.optional(),
  }),
  list: z.strictObject({ action: z.literal('list'), status: status.optional(), agent: agent.optional() }),
  get: z.strictObject({ action: z.literal('get'), id }),
  update,
};

type Action = (typeof ACTIONS)[number];
export type ManageTasksArguments<Of extends Action = Action> = z.infer<(typeof ARGUMENTS)[Of]>;

/** The arguments as one flat JSON Schema object: not all providers accept a union. */
export const MANAGE_TASKS_PARAMETERS: Readonly<Record<string, unknown>> = (() => {
  const action = z.enum(ACTIONS).describe('What to do.');
  const optional = Object.fromEntries(
    Object.entries({ ...FIELDS, parent }).map(([name, field]) => [name, field.optional()]),
  );
  const { $schema, ...schema } = z.toJSONSchema(z.strictObject({ action, ...optional }));
  return schema;
})();

export type ParsedArguments =
  | { readonly ok: true; readonly args: ManageTasksArguments }
  | { readonly ok: false; readonly message: string };

/**
 * Checks what the model sent; the message says what is wrong. A field that is null counts as omitted: some providers
 * send every field.
 */
export function parseManageTasksArguments(sent: Readonly<Record<string, unknown>>): ParsedArguments {
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null));
  const action = z.enum(ACTIONS).safeParse(given['action']);
  if (!action.success) return { ok: false, message: `action: must be one of ${ACTIONS.join(', ')}` };
  const parsed = ARGUMENTS[action.data].safeParse(given);
  if (parsed.success) return { ok: true, args: parsed.data };
  const issues = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || action.data}: ${issue.message}`,
  );
  return { ok: false, message: issues.join('; ') };
}
