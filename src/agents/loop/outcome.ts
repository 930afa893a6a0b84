import { cleanText } from '../../core/clean-text.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ModelError } from '../model/model-error.ts';
import type { WorkOutcome } from '../work/outcome.ts';

/** Why the work ended without a result, beside the reasons of a model call (`model_…`); stored with the task. */
export type WorkFailure =
  | 'step_limit'
  | 'token_limit'
  | 'time_limit'
  | 'context_limit'
  | 'bad_tool_arguments'
  | 'internal_error';

export function failed(code: WorkFailure, message: string): WorkOutcome {
  return { kind: 'failed', code, message };
}

/** The outcome after a failed model call; its code is `model_` and the model's own reason. */
export function outcomeOfModelError(error: ModelError): WorkOutcome {
  const code = `model_${error.reason}`;
  const message = cleanText(error.message).slice(0, LIMITS.errorMessageCharacters);
  if (!error.retryable) return { kind: 'failed', code, message };
  const { retryAfterMs } = error;
  return { kind: 'retry', code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Room for the JSON around the text. */
const MAX_TEXT_BYTES = LIMITS.jsonBytes - 1024;

/** The final message as the result; one that is too long for a result is cut, and is whole in the steps. */
export function completedWith(text: string): WorkOutcome {
  if (Buffer.byteLength(JSON.stringify(text)) <= MAX_TEXT_BYTES)
    return { kind: 'completed', result: { text } };
  let kept = text.slice(0, MAX_TEXT_BYTES);
  while (Buffer.byteLength(JSON.stringify(kept)) > MAX_TEXT_BYTES) kept = kept.slice(0, kept.length * 0.8);
  return { kind: 'completed', result: { text: kept.toWellFormed(), isCut: true } };
}
