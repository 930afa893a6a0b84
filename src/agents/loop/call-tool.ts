import { cleanText } from '../../core/clean-text.ts';
import { isUnavailable } from '../../core/database-away.ts';
import { OperationError, Refusal } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { retry } from '../../core/retry.ts';
import type { Step, ToolResultCode } from '../../domain/messages.ts';
import type { ToolCall } from '../model/port.ts';
import { parseToolArguments } from '../model/tool-arguments.ts';
import type { Tool, ToolContext, ToolOutcome } from '../tools/tool.ts';
import type { Answer } from '../work/unit.ts';

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
      tools.length > 0 ? `Your tools are: ${tools.map(({ name }) => name).join(', ')}` : 'You have no tools';
    return { ok: false, result: failure(call, 'unknown_tool', `Unknown tool. ${known}.`) };
  }
  const parsed = parseToolArguments(call.arguments);
  if (parsed.ok) return { ok: true, tool, args: parsed.value };
  const message = `${parsed.error} The arguments were: ${call.arguments.slice(0, 500)}`;
  return { ok: false, result: failure(call, 'bad_arguments', message) };
}

export interface FinishedCall {
  readonly result: Step;
  readonly endsWork: boolean;
}

/**
 * Makes a call. Whatever the tool throws becomes a result for the model, unexpected errors without their details.
 * While the database is away a call that may be repeated is retried; of any other the outcome is unknown.
 */
export async function callTool(
  call: ToolCall,
  { tool, args }: { tool: Tool; args: Readonly<Record<string, unknown>> },
  context: ToolContext,
  log: Log,
): Promise<FinishedCall> {
  const { signal } = context;
  const shouldRetry = ({ error }: { error: unknown }): boolean =>
    !signal.aborted && isUnavailable(error) && tool.mayRepeat(args, context);
  try {
    const outcome = await retry({ backoff: BACKOFF, shouldRetry, signal }, () => tool.run(args, context));
    return { result: resultOf(call, outcome), endsWork: outcome.endsWork ?? false };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Refusal) && !isUnavailable(error)) {
      log.error({ err: error, unitId: context.unitId, tool: tool.name }, 'a tool failed unexpectedly');
    }
    return { result: failureOf(call, error), endsWork: false };
  }
}

function failureOf(call: ToolCall, error: unknown): Step {
  if (error instanceof Refusal) return failure(call, 'tool_failed', error.message);
  if (error instanceof OperationError && error.code === 'UNAVAILABLE')
    return failure(call, 'unknown_outcome', error.message);
  if (isUnavailable(error)) {
    return failure(
      call,
      'unknown_outcome',
      'The database did not answer; the effect of the call is unknown.',
    );
  }
  return failure(call, 'tool_failed', 'Tool failed, effect unknown.');
}

/** The result of a call that began in an attempt that died. */
export function unknownOutcome(call: ToolCall): Step {
  return failure(
    call,
    'unknown_outcome',
    'The process stopped before the result of this call was stored. The call may or may not have had its effect: check before you repeat it.',
  );
}

/** A person's answer, as the result of the call that asked. */
export function answerResult(call: ToolCall, { answer, isTimedOut }: Answer): Step {
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
