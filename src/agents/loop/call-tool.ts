import { cleanText } from '../../core/clean-text.ts';
import { sleep } from '../../core/clock.ts';
import { messageOf, OperationError, Refusal } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { Step, ToolResultCode } from '../../domain/messages.ts';
import type { ToolCall } from '../model/port.ts';
import { parseToolArguments } from '../model/tool-arguments.ts';
import type { Tool, ToolContext, ToolOutcome } from '../tools/tool.ts';

/** Longer results are cut: one must not fill the model's context. */
const MAX_RESULT_CHARACTERS = 100_000;
const BACKOFF = { firstDelayMs: 100, maxDelayMs: 2_000 };

/** A call that can be made, or the result that tells the model why it cannot. */
export type PreparedCall =
  | { readonly ok: true; readonly tool: Tool; readonly args: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly result: Step };

/** Finds the tool and reads the arguments. */
export function prepareCall(call: ToolCall, tools: readonly Tool[]): PreparedCall {
  const tool = tools.find(({ name }) => name === call.name);
  if (!tool) {
    const known =
      tools.length > 0 ? `there are: ${tools.map(({ name }) => name).join(', ')}` : 'you have none';
    return { ok: false, result: failure(call, 'unknown_tool', `There is no tool of this name; ${known}.`) };
  }
  const parsed = parseToolArguments(call.arguments);
  if (parsed.ok) return { ok: true, tool, args: parsed.value };
  const message = `${parsed.error} The arguments were: ${call.arguments.slice(0, 500)}`;
  return { ok: false, result: failure(call, 'bad_arguments', message) };
}

export interface FinishedCall {
  readonly result: Step;
  readonly endsRun: boolean;
}

/**
 * Makes a call. Whatever the tool throws becomes a result the model sees, unknown errors without their details.
 * While the database is away a call that may be repeated is made again; of another nobody knows whether it happened.
 */
export async function callTool(
  call: ToolCall,
  { tool, args }: { tool: Tool; args: Readonly<Record<string, unknown>> },
  context: ToolContext,
  log: Log,
): Promise<FinishedCall> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const outcome = await tool.run(args, context);
      return { result: resultOf(call, outcome), endsRun: outcome.endsRun ?? false };
    } catch (error) {
      context.signal.throwIfAborted();
      const isAway = error instanceof OperationError && error.code === 'UNAVAILABLE';
      if (isAway && tool.mayRepeat(args, context)) {
        await sleep(backoffDelayMs(attempt, BACKOFF), context.signal);
        context.signal.throwIfAborted();
        continue;
      }
      if (isAway) return { result: failure(call, 'unknown_outcome', error.message), endsRun: false };
      if (!(error instanceof Refusal)) {
        log.error({ err: error, runId: context.run.id, tool: tool.name }, 'a tool broke');
      }
      const message =
        error instanceof Refusal ? messageOf(error) : 'The tool broke; what it did is not known.';
      return { result: failure(call, 'tool_failed', message), endsRun: false };
    }
  }
}

/** What the model is told of a call that began in a run that died. */
export function unknownOutcome(call: ToolCall): Step {
  return failure(
    call,
    'unknown_outcome',
    'The run that made this call died before the result was on record: it may have happened or not. Find out before you do it again.',
  );
}

/** A person's answer, as the result of the call that asked. */
export function answerResult(call: ToolCall, answer: unknown, isTimedOut: boolean): Step {
  const content = JSON.stringify({
    ok: true,
    answer,
    ...(isTimedOut && { note: 'Nobody answered in time.' }),
  });
  return resultOf(call, { content, isError: false });
}

function resultOf(call: ToolCall, outcome: ToolOutcome): Step {
  const text = cleanText(outcome.content);
  const cut = text.length - MAX_RESULT_CHARACTERS;
  const content =
    cut > 0
      ? `${text.slice(0, MAX_RESULT_CHARACTERS).toWellFormed()}… (${cut} more characters were cut)`
      : text;
  const { isError } = outcome;
  const code = outcome.isBadArguments ? 'bad_arguments' : isError ? 'tool_failed' : null;
  return { type: 'tool_result', data: { toolCallId: call.id, name: call.name, content, isError, code } };
}

function failure(call: ToolCall, code: ToolResultCode, message: string): Step {
  const content = JSON.stringify({ ok: false, error: { code: code.toUpperCase(), message } });
  return {
    type: 'tool_result',
    data: { toolCallId: call.id, name: call.name, content: cleanText(content), isError: true, code },
  };
}
