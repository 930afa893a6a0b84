import { type PresentedTask, presentedTaskIn } from './task-block.ts';
import { type CompletionRequest, type DemoReply, textOf, type WireMessage } from './wire.ts';

/** In every text of the demo model, so that it is not taken for a real model. */
const DEMO_LABEL = '(demo model)';

const SLOW_STEPS = [
  'reading what there is',
  'sorting it by what matters',
  'comparing it with last time',
  'writing it down',
  'checking it once more',
];

/** One step of the demo model: a sentence and one call of `manage_tasks`. */
interface Step {
  readonly name: string;
  readonly text: string;
  readonly call: Readonly<Record<string, unknown>>;
  readonly isSlow?: boolean;
}

/**
 * The answer to `request`, from its messages alone: the same messages give the same answer. Words in the task's title
 * or description choose the steps; other text of the task is only repeated.
 */
export function replyTo(request: CompletionRequest): DemoReply {
  const { messages } = request;
  const task = presentedTaskIn(messages);
  if (!task) return answer(`I only act out tasks, and this conversation has none. No real model was called.`);
  const done = stepsDone(messages);
  const hasTool = request.tools?.some((tool) => tool.function.name === 'manage_tasks') ?? false;
  const next = hasTool ? stepsFor(task).find((step) => !done.has(step.name)) : undefined;
  if (!next) return answer(finalText(task, messages, done));
  return {
    text: labelled(next.text),
    toolCalls: [
      {
        id: `${CALL_ID_PREFIX}${next.name}_${fingerprint(`${task.id} ${next.name} ${messages.length}`)}`,
        name: 'manage_tasks',
        arguments: JSON.stringify(next.call),
      },
    ],
    isSlow: next.isSlow ?? false,
  };
}

/** All steps for `task` before the final answer, in order. */
function stepsFor(task: PresentedTask): readonly Step[] {
  const { id } = task;
  const steps: Step[] = [];
  if (!hasWord(task, 'quick')) {
    steps.push({
      name: 'plan',
      text: `I will look at the task first, then do it step by step.`,
      call: { action: 'get', id },
    });
  }
  if (hasWord(task, 'slow')) {
    SLOW_STEPS.forEach((what, index) => {
      const number = index + 1;
      const text = `Step ${number} of ${SLOW_STEPS.length}: ${what}.`;
      steps.push({ name: `slow${number}`, text, call: { action: 'get', id }, isSlow: true });
    });
  }
  if (hasWord(task, 'subtask')) {
    const title = labelled('Check the details');
    steps.push({
      name: 'subtask',
      text: 'One part of this is a task of its own, so I create a subtask.',
      call: { action: 'create', title },
    });
  }
  if (hasWord(task, 'ask')) {
    const question = labelled(`How should I do ${quoted(task.title)}?`);
    steps.push({
      name: 'ask',
      text: 'I need one answer before I continue.',
      call: { action: 'update', id, status: 'needs_input', question },
    });
  }
  if (hasWord(task, 'fail')) {
    const error = labelled('The task says "fail", so I failed it.');
    steps.push({
      name: 'fail',
      text: 'I cannot do this one.',
      call: { action: 'update', id, status: 'failed', error },
    });
  }
  return steps;
}

function finalText(
  task: PresentedTask,
  messages: readonly WireMessage[],
  done: ReadonlyMap<string, string>,
): string {
  const sentences = [`Done: ${quoted(task.title)}.`];
  if (done.has('subtask')) sentences.push('I created a subtask.');
  const askId = done.get('ask');
  if (askId !== undefined) {
    const answer = answerIn(messages, askId);
    sentences.push(
      answer === undefined ? 'Nobody answered, so I continued.' : `You answered ${quoted(answer)}.`,
    );
  }
  sentences.push('No real model was called.');
  return sentences.join(' ');
}

const CALL_ID_PREFIX = 'call_demo_';

/** The names of the steps that were made already, with the ids of their calls: the demo's call ids contain them. */
function stepsDone(messages: readonly WireMessage[]): ReadonlyMap<string, string> {
  const done = new Map<string, string>();
  for (const message of messages) {
    for (const { id } of message.tool_calls ?? []) {
      if (id.startsWith(CALL_ID_PREFIX)) done.set(id.slice(CALL_ID_PREFIX.length, id.lastIndexOf('_')), id);
    }
  }
  return done;
}

/** The answer in the result of the call that asked: its `answer` if the result is an object that has one, else the whole text. */
function answerIn(messages: readonly WireMessage[], askId: string): string | undefined {
  const result = messages.find((message) => message.role === 'tool' && message.tool_call_id === askId);
  if (!result) return undefined;
  const text = textOf(result).trim();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text === '' ? undefined : text;
  }
  if (typeof value === 'object' && value !== null && 'answer' in value) value = value.answer;
  if (value === null || value === undefined || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True when the title or the description has `word` as a whole word, in whatever case. */
function hasWord(task: PresentedTask, word: string): boolean {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${word}(?![\\p{L}\\p{N}_])`, 'iu');
  return pattern.test(task.title) || pattern.test(task.description);
}

function answer(text: string): DemoReply {
  return { text: labelled(text), toolCalls: [], isSlow: false };
}

function labelled(text: string): string {
  return `${text} ${DEMO_LABEL}`;
}

function quoted(text: string): string {
  const characters = Array.from(text);
  return `“${characters.length > 120 ? `${characters.slice(0, 119).join('')}…` : text}”`;
}

/** FNV-1a, as 8 hex digits: call ids must differ within a conversation and be the same when they are made again. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
