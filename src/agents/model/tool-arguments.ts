import { messageOf } from '../../core/errors.ts';

export type ParsedToolArguments =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: string };

/**
 * The arguments of a tool call as an object, or an error text for the model.
 * It is strict: models send arguments that are cut, doubled or empty, and a guess would do what the model did not ask for.
 */
export function parseToolArguments(text: string): ParsedToolArguments {
  if (text.trim() === '') {
    return {
      ok: false,
      error: 'The arguments are empty; send a JSON object, {} if there are none.',
    };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, error: `The arguments are not one complete JSON object: ${messageOf(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, error: 'The arguments must be a JSON object.' };
  }
  return { ok: true, value: value as Record<string, unknown> };
}
