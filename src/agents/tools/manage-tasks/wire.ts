import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.ts';
import { TASK_STATUSES } from '../../../domain/status.ts';

/** What each argument means, said once: to the model in the tool's JSON Schema, and to the parser. */
const FIELDS = {
  id: z.string().describe('The task: its id, such as task_01jd….'),
  title: z
    .string()
    .describe(`What is to be done, in one line of at most ${LIMITS.titleCharacters} characters.`),
  description: z.string().describe('What whoever works on it must know.'),
  agent: z
    .string()
    .describe(
      'The agent that shall work on it in the background. Leave it out to only keep track of the task.',
    ),
  priority: z
    .int()
    .min(LIMITS.minPriority)
    .max(LIMITS.maxPriority)
    .describe(`From ${LIMITS.minPriority} to ${LIMITS.maxPriority}, higher first; 0 if left out.`),
  status: z
    .enum(TASK_STATUSES)
    .describe(
      'list: only tasks of this status; left out, all that are open. update: in_progress, completed, failed, needs_input or cancelled.',
    ),
  result: z.unknown().describe('What came of it: with status completed.'),
  question: z.string().describe('What a person has to answer: with status needs_input.'),
  error: z.string().describe('Why it failed: with status failed.'),
};

const parent = z.string().describe('The task it is a part of; left out, the task you work on.');

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
      if (isGiven && args.status !== wanted) issue(field, `goes with status ${wanted} only`);
    }
    if (args.status === 'needs_input' && args.question === undefined) issue('question', 'say what to ask');
    if (args.status === 'failed' && args.error === undefined) issue('error', 'say why it failed');
    if (Object.keys(args).length === 2) issue('status', 'nothing to update: give a status or another field');
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

export type ManageTasksAction = (typeof ACTIONS)[number];
export type ManageTasksArguments<Action extends ManageTasksAction = ManageTasksAction> = z.infer<
  (typeof ARGUMENTS)[Action]
>;

/** The tool's parameters as the model sees them: flat, as on the seed page; providers do not all take a union. */
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
 * Checks what the model sent; what is wrong comes back in words for it. A field that is null counts as left out:
 * some providers send every field.
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
